import type { MarkProtocol } from '../../../lvs/mark.ts';
import type { Operation } from '../../../lvs/operation.ts';
import { settingOf } from '../../../lvs/settings.ts';
import { parseInterfaceAddress } from '../../../net/address.ts';
import type { MarkRule } from '../recording.ts';

/** What a recording's netfilter and sysctls did, in Weir's own words. */

const PROTOCOLS: readonly MarkProtocol[] = ['tcp', 'udp', 'sctp', 'icmp'];

/** Netfilter marks packets behind the place where the programs meet them: Weir's own rules do instead, one for each address. */
export function markOperations(rules: readonly MarkRule[]): Operation[] {
  return rules.flatMap(({ proto, daddr, dport, mark }) => {
    const ports = dport?.match(/\d+/g)?.map(Number) ?? [0];
    const protocols = PROTOCOLS.filter((protocol) => proto === undefined || proto === protocol);
    return addressesIn(daddr).flatMap((address) =>
      protocols.flatMap((protocol) =>
        ports.map((port) => ({ do: 'add-mark' as const, mark, match: { protocol, address, port } })),
      ),
    );
  });
}

export function settingOperation(name: string, value: number): Operation {
  const setting = settingOf(name, value);
  return { do: 'set-settings', settings: { [setting.name]: setting.value } };
}

/** An address, or all of a network of 256. */
function addressesIn(daddr: string): string[] {
  if (!daddr.endsWith('/24')) return [daddr.replace(/\/.*/, '')];
  const network = parseInterfaceAddress(daddr).address.replace(/\d+$/, '');
  return Array.from({ length: 256 }, (_, host) => `${network}${host}`);
}
