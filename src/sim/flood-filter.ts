import { ETHER_TYPE } from '../net/ether-type.ts';
import { ETHERNET_HEADER } from '../net/ethernet.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { Host } from './host.ts';

/** The name of the program in the lab (bpf/lab.bpf.c). */
export const FLOOD_FILTER = 'flood_filter';

const SYN = 0x02;
const ACK = 0x10;
/** Of IPv4 without options, of IPv6 without extension headers; flags of TCP are 13 bytes behind either (RFC 9293, 3.1). */
const IPV4 = { type: ETHER_TYPE.ipv4, length: 20, protocolAt: 9 };
const IPV6 = { type: ETHER_TYPE.ipv6, length: 40, protocolAt: 6 };
const IPV4_WITHOUT_OPTIONS = 0x45;

/** True if the XDP program on a NIC drops a frame that comes in: an opening of TCP, as bpf/lab.bpf.c knows one. */
export function isFiltered(host: Host, nic: string, frame: Uint8Array): boolean {
  return host.interfaces.get(nic)?.xdp === 'flood-filter' && opensTcp(frame);
}

function opensTcp(frame: Uint8Array): boolean {
  const type = (frame[12]! << 8) | frame[13]!;
  const ip = [IPV4, IPV6].find((one) => one.type === type);
  const packet = frame.subarray(ETHERNET_HEADER);
  if (ip === undefined || packet[ip.protocolAt] !== IP_PROTOCOL.tcp) return false;
  if (ip === IPV4 && packet[0] !== IPV4_WITHOUT_OPTIONS) return false;
  return (packet[ip.length + 13]! & (SYN | ACK)) === SYN;
}
