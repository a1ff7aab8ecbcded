import type { Counters } from './statistics.ts';

/**
 * What a director counts for one service or destination, as plain numbers that only rise. Bytes are IP lengths.
 */
export interface Tally {
  connections: number;
  inPackets: number;
  outPackets: number;
  inBytes: number;
  outBytes: number;
}

export const TALLY_FIELDS = ['connections', 'inPackets', 'outPackets', 'inBytes', 'outBytes'] as const;

export function newTally(): Tally {
  return { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };
}

/** The count since a zeroing, as it is shown. */
export function countersSince(tally: Tally, zero: Tally): Counters {
  return {
    connections: BigInt(tally.connections - zero.connections),
    inPackets: BigInt(tally.inPackets - zero.inPackets),
    outPackets: BigInt(tally.outPackets - zero.outPackets),
    inBytes: BigInt(tally.inBytes - zero.inBytes),
    outBytes: BigInt(tally.outBytes - zero.outBytes),
  };
}
