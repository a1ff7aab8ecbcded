import type { FirewallRule } from './topology.ts';

const HOOKS = {
  prerouting: 'type filter hook prerouting priority -150',
  input: 'type filter hook input priority 0',
  forward: 'type filter hook forward priority 0',
  output: 'type filter hook output priority 0',
  postrouting: 'type nat hook postrouting priority 100',
} as const;

/** The firewall of a host as a script for `nft -f`; empty where there are no rules. */
export function nftScript(rules: readonly FirewallRule[]): string {
  const arp = rules.filter(({ chain }) => chain === 'arp');
  const chains = Object.entries(HOOKS).flatMap(([chain, hook]) => {
    const own = rules.filter((rule) => rule.chain === chain);
    return own.length === 0
      ? []
      : [`  chain ${chain} {`, `    ${hook};`, ...own.map((rule) => `    ${ipRule(rule)}`), '  }'];
  });
  return [
    ...(chains.length === 0 ? [] : ['table inet weir {', ...chains, '}']),
    ...(arp.length === 0
      ? []
      : [
          'table arp weir {',
          '  chain input {',
          '    type filter hook input priority 0;',
          ...arp.map(arpRule),
          '  }',
          '}',
        ]),
  ].join('\n');
}

function ipRule({ nic, source, destination, protocol, port, action }: FirewallRule): string {
  const words = [
    nic === undefined ? '' : `iifname "${nic}"`,
    addressMatch('saddr', source),
    addressMatch('daddr', destination),
    protocol !== undefined && port !== undefined ? `${protocol} dport ${port}` : protocolMatch(protocol),
    typeof action === 'string' ? action : `meta mark set ${action.mark}`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

function addressMatch(field: 'saddr' | 'daddr', range: string | undefined): string {
  if (range === undefined) return '';
  return `${range.includes(':') ? 'ip6' : 'ip'} ${field} ${range}`;
}

function protocolMatch(protocol: FirewallRule['protocol']): string {
  if (protocol === undefined) return '';
  if (protocol === 'icmp') return 'meta l4proto { icmp, icmpv6 }';
  return `meta l4proto ${protocol === 'ipip' ? 4 : protocol}`;
}

/** Segments that come out of a NIC, at the port it is plugged into, get a checksum that is none. */
export function wrongChecksums(ports: readonly string[]): string {
  return ports
    .map(
      (port) =>
        `table netdev ${port.replaceAll('-', '_')} {\n  chain out {\n    type filter hook ingress device "${port}" priority 0;\n    meta l4proto tcp tcp checksum set 0xdead\n  }\n}`,
    )
    .join('\n');
}

function arpRule({ nic, source, destination }: FirewallRule): string {
  const words = [
    nic === undefined ? '' : `iifname "${nic}"`,
    source === undefined ? '' : `arp saddr ip ${source}`,
    destination === undefined ? '' : `arp daddr ip ${destination}`,
    'drop',
  ];
  return `    ${words.filter((word) => word !== '').join(' ')}`;
}
