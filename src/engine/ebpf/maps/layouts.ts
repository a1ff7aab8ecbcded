import {
  CONNECTION4_SIZE,
  CONNECTION6_SIZE,
  type Connection4Record,
  FLOW4_SIZE,
  FLOW6_SIZE,
  type Flow4Record,
  PARTNER4_SIZE,
  PARTNER6_SIZE,
  type Partner4Record,
  readConnection4Record,
  readConnection6Record,
  readFlow4Record,
  readFlow6Record,
  readPartner4Record,
  readPartner6Record,
  writeFlow4Record,
  writeFlow6Record,
} from '../../../kernel/abi.generated.ts';
import { type Family } from '../../../lvs/service.ts';
import { addressFromBytes, addressToBytes } from '../../../net/address.ts';

/** A flow or an entry of the connection table of either family: they differ in the number of words of an address. */
export type FlowRecord = Flow4Record;
export type ConnectionRecord = Connection4Record;
export type PartnerRecord = Partner4Record;

/** How the connection table of a family lies in memory (bpf/family.h). */
export interface Layout {
  /** AF_INET, AF_INET6. */
  number: number;
  /** 32-bit words of an address. */
  words: number;
  flowSize: number;
  connectionSize: number;
  partnerSize: number;
  readFlow: (view: DataView, at?: number) => FlowRecord;
  writeFlow: (view: DataView, record: FlowRecord, at?: number) => void;
  readConnection: (view: DataView, at?: number) => ConnectionRecord;
  readPartner: (view: DataView, at?: number) => PartnerRecord;
}

export const FAMILIES = ['inet', 'inet6'] as const satisfies readonly Family[];

export const LAYOUTS: Readonly<Record<Family, Layout>> = {
  inet: {
    number: 2,
    words: 1,
    flowSize: FLOW4_SIZE,
    connectionSize: CONNECTION4_SIZE,
    partnerSize: PARTNER4_SIZE,
    readFlow: readFlow4Record,
    writeFlow: writeFlow4Record,
    readConnection: readConnection4Record,
    readPartner: readPartner4Record,
  },
  inet6: {
    number: 10,
    words: 4,
    flowSize: FLOW6_SIZE,
    connectionSize: CONNECTION6_SIZE,
    partnerSize: PARTNER6_SIZE,
    readFlow: readFlow6Record,
    writeFlow: writeFlow6Record,
    readConnection: readConnection6Record,
    readPartner: readPartner6Record,
  },
};

export function familyOfNumber(number: number): Family {
  return number === LAYOUTS.inet6.number ? 'inet6' : 'inet';
}

/** The same real servers stand behind many services: the answers so far. */
const known = new Map<string, readonly number[]>();
const MOST_KNOWN = 16_384;

/** An address as four words, as services and destinations have it: IPv4 in the first, the rest zero. */
export function addressWords(address: string): readonly number[] {
  const before = known.get(address);
  if (before !== undefined) return before;
  const bytes = addressToBytes(address);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = [0, 1, 2, 3].map((word) => (word * 4 < bytes.length ? view.getUint32(word * 4) : 0));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(address, found);
  return found;
}

/** The text of an address of this family, from as many words as it has. */
export function addressText(words: readonly number[], family: Family): string {
  const view = new DataView(new ArrayBuffer(LAYOUTS[family].words * 4));
  for (let word = 0; word < LAYOUTS[family].words; word++) view.setUint32(word * 4, words[word] ?? 0);
  return addressFromBytes(new Uint8Array(view.buffer));
}
