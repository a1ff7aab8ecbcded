import { WeirError } from '../base/error.ts';
import { isGroupMac, type MacAddress } from '../net/address.ts';
import { crc32c } from '../net/crc32c.ts';
import { parseFrame, parseQuote, portsOf, type Frame } from '../net/frame.ts';
import { endpointText } from '../lvs/service.ts';

/** A NIC at which frames were captured. */
export interface CapturePoint {
  host: string;
  nic: string;
  mac: MacAddress;
}

export interface CapturedFrame<Point extends CapturePoint = CapturePoint> {
  point: Point;
  /** Nanoseconds; only the order counts, so all points must share a clock. */
  time: bigint;
  bytes: Uint8Array;
  /** Where whoever captured it knows; otherwise told by the MAC addresses. */
  direction?: 'in' | 'out';
}

/** A packet as it went out of a NIC, or came in. */
export interface Sighting<Point extends CapturePoint = CapturePoint> {
  point: Point;
  direction: 'out' | 'in';
  time: bigint;
  frame: Frame;
  /** Equal for the same packet wherever it is seen, whatever a director has rewritten. */
  identity: string;
  /** Who talks to whom, innermost: `tcp 10.1.1.100:44338 > 10.1.1.21:80`. Of an ICMP error, what it is about, turned round. */
  conversation: Conversation;
}

export interface Conversation {
  protocol: string;
  source: string;
  destination: string;
}

/** How many bytes of the payload belong to the identity, besides its length. */
const COMPARED = 256;

/**
 * Reads a captured frame as a sighting of a packet. Undefined for what is neither a packet over IP nor ARP, and for frames that
 * the NIC only overheard: neither from nor to its MAC, nor to a group.
 */
export function sightingOf<Point extends CapturePoint>(captured: CapturedFrame<Point>): Sighting<Point> | undefined {
  const { point, time, bytes } = captured;
  const frame = frameOf(bytes);
  const direction = captured.direction ?? (frame && directionOf(frame, point.mac));
  if (frame === undefined || direction === undefined) return undefined;
  const conversation = conversationOf(frame);
  const identity = identityOf(frame);
  if (conversation === undefined || identity === undefined) return undefined;
  return { point, direction, time, frame, identity, conversation };
}

/** A conversation as text, the same for no other. */
export function conversationKey({ protocol, source, destination }: Conversation): string {
  return `${protocol} ${source} > ${destination}`;
}

export function turnedRound({ protocol, source, destination }: Conversation): Conversation {
  return { protocol, source: destination, destination: source };
}

function frameOf(bytes: Uint8Array): Frame | undefined {
  try {
    return parseFrame(bytes);
  } catch (error) {
    if (error instanceof WeirError) return undefined;
    throw error;
  }
}

function directionOf(frame: Frame, mac: MacAddress): 'in' | 'out' | undefined {
  const ethernet = frame.get('ethernet');
  if (ethernet.source === mac) return 'out';
  return ethernet.destination === mac || isGroupMac(ethernet.destination) ? 'in' : undefined;
}

/**
 * What no forwarding method of a director changes: sequence and acknowledgement numbers, flags and payload of TCP; the IP
 * identification and payload of UDP; tag and payload of SCTP; identifiers of ICMP, and of what an ICMP error quotes.
 */
function identityOf(frame: Frame): string | undefined {
  const arp = frame.find('arp');
  if (arp !== undefined) return `arp ${arp.operation} ${arp.senderIp} ${arp.senderMac} ${arp.targetIp}`;
  const payload = `${frame.payload.length} ${crc32c(frame.payload.subarray(0, COMPARED))}`;
  const tcp = frame.findLast('tcp');
  if (tcp !== undefined) return `tcp ${tcp.sequence} ${tcp.acknowledgement} ${tcp.flags} ${payload}`;
  const identification = frame.findLast('ipv4')?.identification ?? '';
  if (frame.findLast('udp') !== undefined) return `udp ${identification} ${payload}`;
  const sctp = frame.findLast('sctp');
  if (sctp !== undefined) return `sctp ${sctp.verificationTag} ${payload}`;
  const icmp = frame.findLast('icmp') ?? frame.findLast('icmpv6');
  if (icmp === undefined) return undefined;
  const quote = parseQuote(frame.payload);
  if (quote === undefined) return `icmp ${icmp.type} ${icmp.rest} ${payload}`;
  return `icmp ${icmp.type} ${icmp.code} ${quote.findLast('ipv4')?.identification ?? ''} ${frame.payload.length}`;
}

function conversationOf(frame: Frame): Conversation | undefined {
  const own = conversationIn(frame);
  if (own !== undefined) return own;
  const arp = frame.find('arp');
  if (arp !== undefined) return { protocol: 'arp', source: arp.senderIp, destination: arp.targetIp };
  const icmp = frame.findLast('icmp') ?? frame.findLast('icmpv6');
  if (icmp === undefined) return undefined;
  const quote = parseQuote(frame.payload);
  const about = quote && conversationIn(quote);
  if (about !== undefined) return turnedRound(about);
  const ip = frame.findLast('ipv4') ?? frame.findLast('ipv6');
  return ip && { protocol: 'icmp', source: ip.source, destination: ip.destination };
}

function conversationIn(frame: Frame): Conversation | undefined {
  const ip = frame.layers.findLast((layer) => layer.name === 'ipv4' || layer.name === 'ipv6');
  const transport = frame.layers.at(-1)?.name;
  const ports = portsOf(frame);
  if (ip === undefined || ports === undefined) return undefined;
  const { source, destination } = ip.header;
  return {
    protocol:
      transport === 'tcp' || transport === 'udp' || transport === 'sctp' ? transport : (frame.malformed?.name ?? ''),
    source: endpointText({ address: source, port: ports.source }),
    destination: endpointText({ address: destination, port: ports.destination }),
  };
}
