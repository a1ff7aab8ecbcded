import { addressToBytes } from '../net/address.ts';
import { u32 } from '../net/bytes.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { PacketFlow } from './flow.ts';
import { familyOf, type DestinationId, type Family } from './service.ts';
import { type Source, portsOf } from './source.ts';

/** How many ports are tried for a connection before it is refused: with nine tenths of them taken, 3 in 100 find none. */
export const TRIES = 32;

const GOLDEN_RATIO_32 = 0x61c88647;

/**
 * The sources of full NAT of a running director, and the choice of one for a new connection. The choice depends on the flow and on
 * what is taken, not on chance: the same flow gets the same source on every director that has the same sources.
 */
export class SourcePorts {
  #all: readonly Source[] = [];
  #sources: Readonly<Record<Family, readonly Source[]>> = { inet: [], inet6: [] };

  set(sources: readonly Source[]): void {
    if (sources === this.#all) return;
    this.#all = sources;
    const of = (family: Family) => sources.filter(({ address }) => familyOf(address) === family);
    this.#sources = { inet: of('inet'), inet6: of('inet6') };
  }

  /**
   * A free address and port: from where the hash of the flow points on, in steps of which the hash decides too.
   * @returns undefined if none of those tried is free, or there is no source of the family
   */
  allocate(flow: PacketFlow, isFree: (source: DestinationId) => boolean): DestinationId | undefined {
    const sources = this.#sources[familyOf(flow.source)];
    const total = sources.reduce((sum, source) => sum + portsOf(source), 0);
    if (total === 0) return undefined;
    const hash = flowHash(flow);
    // With so few that all can be tried, all are.
    const step = total <= TRIES ? 1 : 1 + ((Math.imul(hash, GOLDEN_RATIO_32) >>> 0) % (total - 1));
    for (let tried = 0, at = hash % total; tried < Math.min(total, TRIES); tried++, at = (at + step) % total) {
      const source = portAt(sources, at);
      if (isFree(source)) return source;
    }
    return undefined;
  }
}

/** The ports of all sources as one row. */
function portAt(sources: readonly Source[], at: number): DestinationId {
  let left = at;
  for (const source of sources) {
    if (left < portsOf(source)) return { address: source.address, port: source.firstPort + left };
    left -= portsOf(source);
  }
  return { address: '', port: 0 };
}

/**
 * 32 bits of a flow: its addresses, as 32-bit words from the front, client's before the virtual one, then both ports in one word,
 * then the protocol's number; each word is exclusive-ored in and the sum multiplied by the golden ratio, as in the kernel's hash_32.
 */
export function flowHash({ source, sourcePort, destination, destinationPort, protocol }: PacketFlow): number {
  const words = [
    ...wordsOf(source),
    ...wordsOf(destination),
    sourcePort * 0x10000 + destinationPort,
    IP_PROTOCOL[protocol],
  ];
  const hash = words.reduce((sum, word) => Math.imul(sum ^ word, GOLDEN_RATIO_32), 0);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function wordsOf(address: string): number[] {
  const bytes = addressToBytes(address);
  return Array.from({ length: bytes.length / 4 }, (_, word) => u32(bytes, word * 4));
}
