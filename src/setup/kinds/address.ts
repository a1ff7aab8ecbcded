import { readIpLinks, type IpAddress } from '../../kernel/ip-json.ts';
import type { FactOf } from '../fact.ts';
import { command } from '../step.ts';
import { fromLinesTo, inAnyLanguage, type FactKind } from './kind.ts';
import { readText } from './read.ts';

/** Found: each form in which the interface has the address, as `ip address add` takes it: `1.1.1.130/32 label lo:0`. */
export const addressKind: FactKind<FactOf<'address'>> = {
  identity: ({ device, address }) => `address ${device} ${address}`,
  subject: ({ device }) => ({ en: `address on ${device}`, zh: `${device} 上的地址` }),
  wanted: ({ address, anyLength = false }) => inAnyLanguage(anyLength ? address : `${address}/${hostLength(address)}`),
  async read({ device, address }) {
    const links = readIpLinks(await readText(['ip', '-json', 'address', 'show', 'dev', device]));
    return links.flatMap(({ addresses }) => addresses.filter((one) => one.address === address).map(line));
  },
  holds: (fact, found) => (fact.anyLength === true ? found.length > 0 : found.length === 1 && isHost(fact, found[0]!)),
  apply(fact, found) {
    if (this.holds(fact, found)) return [];
    const kept = found.filter((form) => isHost(fact, form));
    return changes(fact.device, found, kept.length > 0 ? kept : [wantedLine(fact)]);
  },
  restore: ({ device }, before, found) => changes(device, found, before),
};

/** A host's own address: /32, /128 (S13: `netmask 255.255.255.255`). A shorter one would make its whole network local. */
export function hostLength(address: string): number {
  return address.includes(':') ? 128 : 32;
}

function line({ address, length, label, scope, broadcast, nodad, deprecated }: IpAddress): string {
  return [
    `${address}/${length}`,
    ...(broadcast === undefined ? [] : [`broadcast ${broadcast}`]),
    ...(label?.includes(':') === true ? [`label ${label}`] : []),
    ...(scope === 'global' ? [] : [`scope ${scope}`]),
    ...(nodad ? ['nodad'] : []),
    ...(deprecated ? ['preferred_lft 0'] : []),
  ].join(' ');
}

/**
 * IPv6 addresses come without duplicate address detection, which would ask the segment for the VIP, and deprecated, so that the
 * host never takes the VIP as the source of what it sends itself.
 */
function wantedLine({ address, label }: FactOf<'address'>): string {
  const form = `${address}/${hostLength(address)}`;
  if (address.includes(':')) return `${form} nodad preferred_lft 0`;
  return label === undefined ? form : `${form} label ${label}`;
}

function isHost({ address }: FactOf<'address'>, form: string): boolean {
  return form.split(' ')[0] === `${address}/${hostLength(address)}`;
}

function changes(device: string, found: readonly string[], wanted: readonly string[]): ReturnType<typeof command>[] {
  return fromLinesTo(found, wanted, {
    add: (form) => command(`ip address add ${form} dev ${device}`),
    remove: (form) => command(`ip address del ${form.split(' ')[0]} dev ${device}`),
  });
}
