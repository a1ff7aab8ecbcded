import { parseMac, type MacAddress } from '../net/mac-address.ts';
import { concatBytes } from '../net/bytes.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import { parseFrame } from '../net/frame.ts';
import { ETHERNET_HEADER } from '../net/ethernet.ts';
import type { Host } from './host.ts';

/** Puts a frame on the cable of a NIC. */
export function sendFrame(host: Host, nic: string, bytes: Uint8Array): void {
  const { port, segment, checksums } = host.interfaces.get(nic) ?? {};
  if (port === undefined || segment === undefined) return;
  host.around.sighted(host, nic, 'out', bytes);
  const frame = checksums === 'wrong' ? withWrongChecksum(bytes) : bytes;
  const { to, flooded } = host.around.segment(segment).send(port, frame);
  const names = to.map(({ host: name }) => name).join(', ');
  if (!flooded) return;
  host.around.tell({
    kind: 'switch',
    segment,
    bytes,
    text: {
      en: `The switch of ${segment} passes the frame to all other ports: ${names}.`,
      zh: `${segment} 的交换机把这一帧送往其余所有端口：${names}。`,
    },
  });
}

/** As a NIC sends it that was to compute the checksum of a TCP segment, and does not. */
function withWrongChecksum(frame: Uint8Array): Uint8Array {
  const checksumAt = parseFrame(frame).find('tcp') === undefined ? undefined : placeOfChecksum(frame);
  if (checksumAt === undefined) return frame;
  const wrong = frame.slice();
  wrong.set(NOBODYS_CHECKSUM, checksumAt);
  return wrong;
}

const NOBODYS_CHECKSUM = [0xde, 0xad];

/** Behind the IP header, without extension headers, 16 bytes into that of TCP (RFC 9293, 3.1). */
function placeOfChecksum(frame: Uint8Array): number {
  const first = frame[ETHERNET_HEADER]!;
  const ip = first >> 4 === 4 ? (first & 0x0f) * 4 : IPV6_HEADER;
  return ETHERNET_HEADER + ip + 16;
}

const IPV6_HEADER = 40;

/** An IP packet as a frame to a neighbour. */
export function sendToMac(host: Host, nic: string, mac: MacAddress, packet: Uint8Array): void {
  const type = packet[0]! >> 4 === 4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
  const header = concatBytes(parseMac(mac), parseMac(host.macOf(nic)), Uint8Array.of(type >> 8, type & 0xff));
  sendFrame(host, nic, concatBytes(header, packet));
}
