import { readPacket, sealIpv4, type Packet } from '../../../lvs/packet.ts';
import { concatBytes, setU16, u16 } from '../../../net/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../../net/checksum.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import type { Random } from './random.ts';

/**
 * A datagram of UDP with as much more data as makes it long, its lengths and its checksum right; undefined for other packets, and for
 * those whose lengths are odd.
 * @param bytes how much more
 */
export function lengthened(random: Random, packet: Packet, bytes: number): Packet | undefined {
  const { family, protocol, transport, source, destination } = packet;
  const length = packet.bytes.length - transport;
  if (protocol !== IP_PROTOCOL.udp || length < 8 || u16(packet.bytes, transport + 4) !== length) return undefined;
  const first = random.below(256);
  const long = concatBytes(
    packet.bytes,
    Uint8Array.from({ length: bytes }, (_, index) => first + index * 7 + (index >> 8)),
  );
  setU16(long, family === 'inet' ? 2 : 4, family === 'inet' ? long.length : long.length - 40);
  sealIpv4({ family, bytes: long });
  setU16(long, transport + 4, length + bytes);
  setU16(long, transport + 6, 0);
  if (family === 'inet6' || !random.oneIn(4)) {
    const pseudo = pseudoHeaderSum(source, destination, protocol, length + bytes);
    setU16(long, transport + 6, checksum(long, transport, long.length, pseudo) || 0xffff);
  }
  const read = readPacket(long);
  return typeof read === 'string' ? undefined : read;
}
