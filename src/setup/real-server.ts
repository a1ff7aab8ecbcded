import { WeirError } from '../base/error.ts';
import { deviceOfNeighbour, hostAddress, hostAddresses, hostMac, knownDevice } from './check.ts';
import type { Fact } from './fact.ts';
import { deviceWithAddress, type Machine } from './machine.ts';

export const METHODS = ['dr', 'tun', 'nat'] as const;
export type RealServerMethod = (typeof METHODS)[number];

export interface RealServerOptions {
  method: RealServerMethod;
  vips: readonly string[];
  gateway?: string;
  gatewayMac?: string;
  arpFirewall: boolean;
  /** UDP port on which the director speaks GUE. */
  guePort: number;
  /** Where requests arrive; by default the interface of the gateway, of the default route, or the only one there is. */
  device?: string;
}

/**
 * Everything a real server has to be told (S6, S12 to S15), in the order in which it is done: ARP is silenced before the VIP
 * is bound, otherwise the host would for a moment answer for the director.
 * @throws WeirError SETUP_INVALID, ADDRESS_INVALID, INTERFACE_UNKNOWN
 */
export function realServerFacts(options: RealServerOptions, machine: Machine): Fact[] {
  const plan = check(options, machine);
  const gateway = gatewayFacts(plan);
  if (plan.method === 'nat') return [...gateway, ...redirectFacts(plan)];
  const ipv4 = plan.vips.some((vip) => !vip.includes(':'));
  return [
    ...(ipv4 ? arpFacts(plan) : []),
    ...(plan.arpFirewall ? firewallFacts(plan) : []),
    ...sourceCheckFacts(plan, machine),
    ...(plan.method === 'tun' ? decapFacts(plan) : []),
    ...vipFacts(plan),
    ...gateway,
  ];
}

interface Plan {
  method: RealServerMethod;
  vips: string[];
  gateway: string | undefined;
  gatewayMac: string | undefined;
  arpFirewall: boolean;
  guePort: number;
  device: string;
}

function check(options: RealServerOptions, machine: Machine): Plan {
  const { method } = options;
  const vips = hostAddresses(options.vips, 'virtual service');
  if (vips.length === 0 && method !== 'nat') {
    throw new WeirError('USAGE', `a real server of method ${method} has to know the VIP`, { fix: 'add --vip VIP' });
  }
  const gateway = options.gateway === undefined ? undefined : hostAddress(options.gateway, 'gateway');
  const gatewayMac = options.gatewayMac === undefined ? undefined : hostMac(options.gatewayMac);
  checkGateway(method, vips, gateway, gatewayMac);
  for (const vip of method === 'nat' ? [] : vips) checkVip(vip, machine);
  if (options.arpFirewall && (method === 'nat' || vips.every((vip) => vip.includes(':')))) {
    throw new WeirError('SETUP_INVALID', 'there is nothing for an ARP firewall to do', {
      expected: '--arp-firewall with an IPv4 VIP and a method by which the VIP is bound',
      found: `method ${method}, VIP ${vips.join(', ') || 'none'}`,
      fix: 'leave out --arp-firewall',
    });
  }
  const device = deviceOf(options.device, gateway, machine);
  if (gateway !== undefined) deviceOfNeighbour(machine, gateway, 'gateway');
  const { arpFirewall, guePort } = options;
  return { method, vips, gateway, gatewayMac, arpFirewall, guePort, device };
}

function checkGateway(method: RealServerMethod, vips: readonly string[], gateway?: string, mac?: string): void {
  if (method === 'nat' && gateway === undefined) {
    throw new WeirError('USAGE', 'with masquerading the gateway of the real server has to be the director', {
      fix: "add --gateway with the director's address in this network",
    });
  }
  if (mac !== undefined && gateway === undefined) {
    throw new WeirError('USAGE', '--gateway-mac needs to know whose it is', { fix: 'add --gateway' });
  }
  if (gateway !== undefined && vips.includes(gateway)) {
    throw new WeirError('SETUP_INVALID', `${gateway} cannot be VIP and gateway at once`, { found: gateway });
  }
}

function checkVip(vip: string, machine: Machine): void {
  const device = deviceWithAddress(machine, vip);
  if (device === undefined) return;
  throw new WeirError('SETUP_INVALID', `${vip} is an address of ${device}, where this host answers ARP for it`, {
    expected: 'a VIP that no interface but lo has',
    where: device,
    fix: `ip address del ${vip}/${vip.includes(':') ? 128 : 32} dev ${device}, or give the real server an address of its own`,
  });
}

function deviceOf(name: string | undefined, gateway: string | undefined, machine: Machine): string {
  if (name !== undefined) return knownDevice(machine, name);
  if (gateway !== undefined) return deviceOfNeighbour(machine, gateway, 'gateway');
  const { inet, inet6 } = machine.defaultDevice;
  const candidates = machine.links.filter(({ ethernet, up }) => ethernet && up).map((link) => link.name);
  const found = inet ?? inet6 ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (found !== undefined) return found;
  throw new WeirError('USAGE', 'it is not clear by which interface requests arrive', {
    expected:
      candidates.length === 0 ? 'an Ethernet interface that is up' : `--interface with one of ${candidates.join(', ')}`,
  });
}

function arpFacts({ device }: Plan): Fact[] {
  const places = ['all', device];
  const sysctl = (place: string, name: string, value: string, why: Fact['why'], accepts?: string[]): Fact => ({
    kind: 'sysctl',
    path: `net/ipv4/conf/${place}/${name}`,
    value,
    ...(accepts === undefined ? {} : { accepts }),
    why,
  });
  return [
    ...places.map((place) => sysctl(place, 'arp_announce', '2', ANNOUNCE)),
    ...places.map((place) => sysctl(place, 'arp_ignore', '1', IGNORE, ['2'])),
  ];
}

const ANNOUNCE = {
  en: 'Ask by ARP with the address of the interface that asks, never with the VIP: the answer would go astray.',
  zh: 'ARP 广播从哪个网卡发出去，源 IP 就用那个网卡的 IP，决不用 VIP：否则有去没回。',
};
const IGNORE = {
  en: 'Answer ARP only for addresses of the interface that was asked: the VIP on lo stays hidden, the director alone answers for it.',
  zh: '只应答目标 IP 是收到广播的网卡自己的 IP 的 ARP：lo 上的 VIP 不应答，只由调度器应答。',
};

function firewallFacts({ vips }: Plan): Fact[] {
  return [
    {
      kind: 'arp-firewall',
      addresses: vips.filter((vip) => !vip.includes(':')),
      why: {
        en: 'Double safety: drop every ARP request for the VIP (arptables -A IN -d VIP -j DROP).',
        zh: '双保险：ARP 防火墙，所有目标 IP 为 VIP 的 ARP 广播都不予理睬（arptables -A IN -d VIP -j DROP）。',
      },
    },
  ];
}

/**
 * A strict source check (RFC 3704) drops requests that arrive by another interface than the one the answer leaves by. The higher
 * of `all` and the interface counts, so 2 on the interface is loose whatever `all` says.
 */
function sourceCheckFacts({ device }: Plan, { defaultDevice, sourceChecks }: Machine): Fact[] {
  const strict = Math.max(Number(sourceChecks['all'] ?? 0), Number(sourceChecks[device] ?? 0)) === 1;
  if (!strict || defaultDevice.inet === undefined || defaultDevice.inet === device) return [];
  return [
    {
      kind: 'sysctl',
      path: `net/ipv4/conf/${device}/rp_filter`,
      value: '2',
      why: {
        en: `Requests arrive by ${device}, answers leave by ${defaultDevice.inet}: a strict source check would drop them.`,
        zh: `请求从 ${device} 进来，应答从 ${defaultDevice.inet} 出去：严格的源地址检查会把请求丢掉，改成宽松。`,
      },
    },
  ];
}

function decapFacts({ vips, device, guePort }: Plan): Fact[] {
  return [
    {
      kind: 'decap',
      vips,
      devices: [device],
      guePort,
      why: {
        en: 'Take the tunnel off what the director sends (ipip, GRE, GUE), and offer an MSS that fits into it.',
        zh: '去掉调度器加的隧道头（IPIP、GRE、GUE），并让 MSS 装得进隧道。',
      },
    },
  ];
}

function vipFacts({ vips }: Plan): Fact[] {
  return vips.map((address, number) => ({
    kind: 'address',
    device: 'lo',
    address,
    ...(address.includes(':') ? {} : { label: `lo:${number}` }),
    why: {
      en: 'Deceive itself: with the VIP on lo the host takes packets that keep the VIP as destination. A host mask, so that only this address becomes local.',
      zh: '自我欺骗：在 lo 上绑定 VIP，目标 IP 仍是 VIP 的包才会被接收。掩码必须是主机掩码，只有这一个地址算本机的。',
    },
  }));
}

function gatewayFacts({ method, gateway, gatewayMac, device }: Plan): Fact[] {
  if (gateway === undefined) return [];
  const route: Fact = { kind: 'gateway', via: gateway, device, why: method === 'nat' ? NAT_GATEWAY : DIRECT_GATEWAY };
  if (gatewayMac === undefined) return [route];
  return [route, { kind: 'neighbour', address: gateway, device, mac: gatewayMac, why: STATIC_ARP }];
}

const NAT_GATEWAY = {
  en: 'The point most often forgotten: the gateway of the real server is the director, so that it can restore the source of replies.',
  zh: '最核心的地方，也是最容易遗忘的点：真实服务器的网关必须指向调度器，应答才能在调度器上复原。',
};
const DIRECT_GATEWAY = {
  en: 'Replies go straight to the client by the router, not by the director.',
  zh: '网关指向路由器：应答直接回客户端，不经过调度器。',
};
const STATIC_ARP = {
  en: 'Bind the MAC address of the gateway, so that no ARP request is needed that could carry the VIP as sender.',
  zh: '静态绑定网关的 MAC：不再需要为应答发 ARP 广播。',
};

/** A host that does not forward follows redirects if `all` or the interface says so (IN_DEV_RX_REDIRECTS, include/linux/inetdevice.h). */
function redirectFacts({ device }: Plan): Fact[] {
  return ['all', device].map((place) => ({
    kind: 'sysctl',
    path: `net/ipv4/conf/${place}/accept_redirects`,
    value: '0',
    why: {
      en: 'Do not let an ICMP redirect lead replies past the director.',
      zh: '不接受 ICMP 重定向：否则应答会绕过调度器。',
    },
  }));
}
