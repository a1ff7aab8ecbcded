import type { FactOf } from '../fact.ts';
import { decapFolder, decapStatus, type DecapOptions } from '../decap/decap.ts';
import { command } from '../step.ts';
import type { FactKind } from './kind.ts';

/** Found: the options of `weir decap up` that make it what it is; nothing where nothing is unwrapped. */
export const decapKind: FactKind<FactOf<'decap'>> = {
  identity: () => 'decap',
  subject: () => ({ en: 'unwrapping of tunnels', zh: '隧道解封装' }),
  wanted({ devices, vips }) {
    const [inside, at] = [vips.join(', '), devices.join(', ')];
    return { en: `${inside} on ${at}`, zh: `${at} 上的 ${inside}` };
  },
  async read() {
    const status = decapStatus(decapFolder());
    return status === undefined ? [] : [optionsOf(status)];
  },
  holds: (fact, [found]) => found === optionsOf(fact),
  apply(fact, found) {
    return this.holds(fact, found) ? [] : [command(`weir decap up ${optionsOf(fact)}`)];
  },
  restore: (_fact, [before], [found]) => {
    if (before === found) return [];
    return [command(before === undefined ? 'weir decap down' : `weir decap up ${before}`)];
  },
};

function optionsOf({ vips, devices, guePort }: DecapOptions): string {
  const list = (names: readonly string[]): string => [...names].sort().join(',');
  return `--vip ${list(vips)} --interface ${list(devices)} --gue-port ${guePort}`;
}
