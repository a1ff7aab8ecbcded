import { checksum, foldSum } from './checksum.ts';
import { addressSumAround, isFragment } from './format-frame.ts';
import type { Frame } from './frame.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import type { LayerName, LayerOf, Layer } from './layer.ts';
import { sctpChecksum } from './sctp.ts';
import { transportChecksum } from './transport-checksum.ts';

/** A length or checksum that does not agree with the bytes of its frame. */
export interface FrameFault {
  layer: LayerName;
  field: string;
  /** What the field would have to say; for a length, the most or the least that it may. */
  expected: number;
  found: number;
}

/** Where a layer stands. */
interface Place {
  bytes: Uint8Array;
  /** Where the bytes of the layer around it end, exclusive. */
  room: number;
  addressSum: number;
}

type Check<Name extends LayerName> = (layer: LayerOf<Name>, place: Place) => FrameFault[];

/**
 * Verifies every length and checksum of a frame, as a receiver would. What belongs to more bytes than there are (the contents
 * of fragments and of truncated packets) is passed over, as is a UDP checksum of 0. What ICMP quotes is payload.
 * A frame captured where it was sent may lack checksums that the card was to fill in; that is a fault here.
 * @returns nothing for a sound frame; `Frame.malformed` has to be looked at besides
 */
export function frameFaults(frame: Frame): FrameFault[] {
  const faults: FrameFault[] = [];
  for (const [index, layer] of frame.layers.entries()) {
    const room = frame.layers[index - 1]?.end ?? frame.bytes.length;
    const place = { bytes: frame.bytes, room, addressSum: addressSumAround(frame.layers, index) };
    const found = check(layer, place);
    faults.push(...found);
    if (isFragment(layer) || found.some(({ field }) => field === 'totalLength' || field === 'payloadLength')) break;
  }
  return faults;
}

function check<Name extends LayerName>(layer: LayerOf<Name>, place: Place): FrameFault[] {
  const checkOf: Check<Name> | undefined = CHECKS[layer.name];
  return checkOf === undefined ? [] : checkOf(layer, place);
}

const CHECKS: { [Name in LayerName]?: Check<Name> } = {
  ipv4: ({ name, offset, header }, { bytes, room }) => [
    ...atMost(name, 'totalLength', header.totalLength, room - offset),
    ...checksumFault(name, header.checksum, checksum(bytes, offset, offset + header.headerLength)),
  ],
  ipv6: ({ name, offset, header }, { room }) => atMost(name, 'payloadLength', header.payloadLength, room - offset - 40),
  tcp: (layer, place) => {
    const { name, offset, end, header } = layer;
    const right = (20 + header.options.length) / 4;
    const faults = header.dataOffset === right ? [] : [fault(name, 'dataOffset', right, header.dataOffset)];
    return [
      ...faults,
      ...checksumFault(name, header.checksum, transportResidue(IP_PROTOCOL.tcp, { offset, end }, place)),
    ];
  },
  udp: ({ name, offset, end, header }, place) => {
    const length = place.room - offset;
    if (header.length !== length) return [fault(name, 'length', length, header.length)];
    if (header.checksum === 0) return [];
    return checksumFault(name, header.checksum, transportResidue(IP_PROTOCOL.udp, { offset, end }, place));
  },
  sctp: ({ name, offset, end, header }, { bytes }) => {
    const right = sctpChecksum(bytes, offset, end);
    return right === header.checksum ? [] : [fault(name, 'checksum', right, header.checksum)];
  },
  icmp: ({ name, offset, end, header }, { bytes }) =>
    checksumFault(name, header.checksum, checksum(bytes, offset, end)),
  icmpv6: ({ name, offset, end, header }, place) =>
    checksumFault(name, header.checksum, transportResidue(IP_PROTOCOL.icmpv6, { offset, end }, place)),
  gre: ({ name, offset, end, header }, { bytes }) =>
    header.hasChecksum ? checksumFault(name, header.checksum, checksum(bytes, offset, end)) : [],
};

/** The checksum over a packet that has its checksum in it: 0 if it is right. */
function transportResidue(protocol: number, { offset, end }: Pick<Layer, 'offset' | 'end'>, place: Place): number {
  return transportChecksum(protocol, place.bytes, offset, { end, addressSum: place.addressSum });
}

function checksumFault(layer: LayerName, found: number, residue: number): FrameFault[] {
  if (residue === 0) return [];
  // Subtracting the checksum cannot tell a sum of 0, which only zeros have, from one of 0xffff.
  const allZero = residue === 0xffff;
  const sumWithoutIt = allZero ? 0 : foldSum((~residue & 0xffff) + (~found & 0xffff));
  return [fault(layer, 'checksum', ~sumWithoutIt & 0xffff, found)];
}

function atMost(layer: LayerName, field: string, found: number, most: number): FrameFault[] {
  return found <= most ? [] : [fault(layer, field, most, found)];
}

function fault(layer: LayerName, field: string, expected: number, found: number): FrameFault {
  return { layer, field, expected, found };
}
