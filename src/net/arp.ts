import { setU16, u16, u32 } from './bytes.ts';
import { invalid, needBytes, type Codec } from './codec.ts';
import { ETHER_TYPE } from './ether-type.ts';
import { ipv4At, writeIpv4, type IpAddress } from './ip-address.ts';
import { macAt, writeMac, ZERO_MAC, type MacAddress } from './mac-address.ts';

const SIZE = 28;
const HARDWARE_ETHERNET = 1;
/** Lengths of an Ethernet and an IPv4 address, as the third word of every packet here has them. */
const ADDRESS_LENGTHS = 0x0604;

export const ARP_OPERATION = { request: 1, reply: 2 } as const;

/** ARP for IPv4 over Ethernet. */
export interface ArpPacket {
  /** `ARP_OPERATION`. */
  operation: number;
  senderMac: MacAddress;
  senderIp: IpAddress;
  /** All zero in a request: it is what is asked for. */
  targetMac: MacAddress;
  targetIp: IpAddress;
}

/** Source: RFC 826. Other hardware and protocols than Ethernet and IPv4 are refused. */
export const arp: Codec<ArpPacket, ArpPacket> = {
  parse(bytes, offset, end) {
    needBytes('ARP packet', offset, end, SIZE);
    const kind = u32(bytes, offset);
    const lengths = u16(bytes, offset + 4);
    if (kind !== HARDWARE_ETHERNET * 0x10000 + ETHER_TYPE.ipv4 || lengths !== ADDRESS_LENGTHS) {
      throw invalid('this ARP is not for IPv4 over Ethernet', offset, '00010800 0604', describe(kind, lengths));
    }
    return {
      operation: u16(bytes, offset + 6),
      senderMac: macAt(bytes, offset + 8),
      senderIp: ipv4At(bytes, offset + 14),
      targetMac: macAt(bytes, offset + 18),
      targetIp: ipv4At(bytes, offset + 24),
    };
  },

  size: () => SIZE,

  write(packet, bytes, offset) {
    setU16(bytes, offset, HARDWARE_ETHERNET);
    setU16(bytes, offset + 2, ETHER_TYPE.ipv4);
    setU16(bytes, offset + 4, ADDRESS_LENGTHS);
    setU16(bytes, offset + 6, packet.operation);
    writeMac(bytes, offset + 8, packet.senderMac);
    writeIpv4(bytes, offset + 14, packet.senderIp);
    writeMac(bytes, offset + 18, packet.targetMac);
    writeIpv4(bytes, offset + 24, packet.targetIp);
  },
};

/** Who has `targetIp`? Tell the sender. */
export function arpRequest(senderMac: MacAddress, senderIp: IpAddress, targetIp: IpAddress): ArpPacket {
  return { operation: ARP_OPERATION.request, senderMac, senderIp, targetMac: ZERO_MAC, targetIp };
}

/** The answer to a request: its target, at `senderMac`, tells its sender. */
export function arpReply(request: ArpPacket, senderMac: MacAddress): ArpPacket {
  return {
    operation: ARP_OPERATION.reply,
    senderMac,
    senderIp: request.targetIp,
    targetMac: request.senderMac,
    targetIp: request.senderIp,
  };
}

function describe(kind: number, lengths: number): string {
  return `${kind.toString(16).padStart(8, '0')} ${lengths.toString(16).padStart(4, '0')}`;
}
