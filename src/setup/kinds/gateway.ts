import type { FactOf } from '../fact.ts';
import { command } from '../step.ts';
import { fromLinesTo, type FactKind } from './kind.ts';
import { readText } from './read.ts';

/** Found: the default routes of the main table, as `ip route add` takes them, the one that counts first. */
export const gatewayKind: FactKind<FactOf<'gateway'>> = {
  identity: ({ via }) => `gateway ${familyFlag(via)}`,
  subject: () => ({ en: 'default gateway', zh: '默认网关' }),
  wanted: ({ via, device }) => ({ en: `${via} on ${device}`, zh: `${via}（${device}）` }),
  read: async ({ via }) => defaultRoutes(await readText(['ip', familyFlag(via), 'route', 'show', 'default'])),
  holds: ({ via, device }, [first]) => {
    const words = first?.split(' ') ?? [];
    return words[words.indexOf('via') + 1] === via && words[words.indexOf('dev') + 1] === device;
  },
  apply(fact, found) {
    if (this.holds(fact, found)) return [];
    return [command(`ip ${familyFlag(fact.via)} route replace default via ${fact.via} dev ${fact.device}`)];
  },
  restore: ({ via }, before, found) =>
    fromLinesTo(found, before, {
      add: (route) => command(`ip ${familyFlag(via)} route add ${route}`),
      remove: (route) => command(`ip ${familyFlag(via)} route del ${route}`),
    }),
};

function familyFlag(address: string): '-4' | '-6' {
  return address.includes(':') ? '-6' : '-4';
}

/** Metric and order as the kernel lists them: the lowest metric first. Conditions of the moment are left out. */
export function defaultRoutes(text: string): string[] {
  const joined = text.replaceAll(/\\?\n\s+/gu, ' ');
  const routes = joined.split('\n').map((line) =>
    line
      .split(/\s+/u)
      .filter((word) => word !== '' && word !== 'linkdown' && word !== 'dead')
      .join(' ')
      .replace(/ expires \d+sec/u, ''),
  );
  return routes.filter((route) => route !== '');
}
