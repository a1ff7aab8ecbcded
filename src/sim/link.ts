import { parseMac, type MacAddress } from '../net/mac-address.ts';
import { concatBytes } from '../net/bytes.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import type { Host } from './host.ts';

/** Puts a frame on the cable of a NIC. */
export function sendFrame(host: Host, nic: string, bytes: Uint8Array): void {
  const { port, segment } = host.interfaces.get(nic) ?? {};
  if (port === undefined || segment === undefined) return;
  host.around.sighted(host, nic, 'out', bytes);
  const { to, flooded } = host.around.segment(segment).send(port, bytes);
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

/** An IP packet as a frame to a neighbour. */
export function sendToMac(host: Host, nic: string, mac: MacAddress, packet: Uint8Array): void {
  const type = packet[0]! >> 4 === 4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
  const header = concatBytes(parseMac(mac), parseMac(host.macOf(nic)), Uint8Array.of(type >> 8, type & 0xff));
  sendFrame(host, nic, concatBytes(header, packet));
}
