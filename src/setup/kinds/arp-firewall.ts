import { run } from '../../kernel/process.ts';
import type { FactOf } from '../fact.ts';
import { command, type Step } from '../step.ts';
import { inAnyLanguage, type FactKind } from './kind.ts';

/** Where nftables sees ARP; `arptables -A IN -d VIP -j DROP` of the course notes (S15) is the same for the older tool. */
const TABLE = 'arp weir_realserver';

/** Found: the lines of the table as `nft` lists it; nothing where there is no such table. */
export const arpFirewallKind: FactKind<FactOf<'arp-firewall'>> = {
  identity: () => `nft ${TABLE}`,
  subject: () => ({ en: 'ARP firewall', zh: 'ARP 防火墙' }),
  wanted: ({ addresses }) => inAnyLanguage(addresses.join(', ')),
  async read() {
    const { code, stdout } = await run(['nft', 'list', 'table', ...TABLE.split(' ')]);
    return code === 0 ? stdout.trimEnd().split('\n') : [];
  },
  holds: ({ addresses }, found) => {
    const rules = found.map((line) => line.trim()).filter((line) => line.startsWith('arp '));
    return sameSet(rules, addresses.map(rule)) && found.some((line) => line.includes('hook input'));
  },
  apply(fact, found) {
    if (this.holds(fact, found)) return [];
    const rules = fact.addresses.map((address) => `    ${rule(address)}`).join('\n');
    const chain = `  chain input {\n    type filter hook input priority 0; policy accept;\n${rules}\n  }`;
    return replaceTable(found, `table ${TABLE} {\n${chain}\n}`);
  },
  restore: (_fact, before, found) => {
    if (before.join('\n') === found.join('\n')) return [];
    return before.length === 0 ? [command(`nft delete table ${TABLE}`)] : replaceTable(found, before.join('\n'));
  },
};

function rule(address: string): string {
  return `arp daddr ip ${address} drop`;
}

/** One transaction: nobody ever sees a table half filled. */
function replaceTable(found: readonly string[], text: string): Step[] {
  const old = found.length === 0 ? '' : `delete table ${TABLE}\n`;
  return [command('nft -f -', `${old}${text}\n`)];
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join('\n') === [...others].sort().join('\n');
}
