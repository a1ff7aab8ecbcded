import { readIpNeighbours } from '../../kernel/ip-json.ts';
import type { FactOf } from '../fact.ts';
import { command } from '../step.ts';
import { inAnyLanguage, type FactKind } from './kind.ts';
import { readText } from './read.ts';

/** Found: `MAC permanent`, `MAC stale` for one that the kernel has learned, or nothing. */
export const neighbourKind: FactKind<FactOf<'neighbour'>> = {
  identity: ({ address, device }) => `neighbour ${device} ${address}`,
  subject: ({ address, device }) => ({
    en: `static ARP of ${address} on ${device}`,
    zh: `${device} 上 ${address} 的静态 ARP`,
  }),
  wanted: ({ mac }) => inAnyLanguage(mac),
  async read({ address, device }) {
    const text = await readText(['ip', '-json', 'neighbour', 'show', 'to', address, 'dev', device]);
    return readIpNeighbours(text).flatMap(({ mac, state }) => {
      if (mac === undefined || state === 'FAILED' || state === 'INCOMPLETE') return [];
      return [`${mac} ${state === 'PERMANENT' ? 'permanent' : 'stale'}`];
    });
  },
  holds: ({ mac }, [found]) => found === `${mac} permanent`,
  apply(fact, found) {
    return this.holds(fact, found) ? [] : [replace(fact, `${fact.mac} permanent`)];
  },
  restore(fact, [before], [found]) {
    if (before === found) return [];
    if (before !== undefined) return [replace(fact, before)];
    return [command(`ip neighbour del ${fact.address} dev ${fact.device}`)];
  },
};

function replace({ address, device }: FactOf<'neighbour'>, entry: string): ReturnType<typeof command> {
  const [mac = '', state = ''] = entry.split(' ');
  return command(`ip neighbour replace ${address} lladdr ${mac} dev ${device} nud ${state}`);
}
