import type { Fact, FactOf } from '../fact.ts';
import { addressKind } from './address.ts';
import { arpFirewallKind } from './arp-firewall.ts';
import { decapKind } from './decap.ts';
import { fileKind, linkKind } from './file.ts';
import { gatewayKind } from './gateway.ts';
import type { FactKind } from './kind.ts';
import { neighbourKind } from './neighbour.ts';
import { sysctlKind } from './sysctl.ts';

export type { FactKind } from './kind.ts';

const KINDS: { [Kind in Fact['kind']]: FactKind<FactOf<Kind>> } = {
  sysctl: sysctlKind,
  address: addressKind,
  gateway: gatewayKind,
  neighbour: neighbourKind,
  'arp-firewall': arpFirewallKind,
  decap: decapKind,
  file: fileKind,
  link: linkKind,
};

/** The kind of a fact. */
export function kindOf<F extends Fact>({ kind }: F): FactKind<F> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table has the kind of each fact under its name
  return KINDS[kind] as FactKind<F>;
}
