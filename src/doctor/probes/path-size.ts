import { mtuOf } from '../../net/icmp.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { ICMPV6_TYPE } from '../../net/icmpv6.ts';
import { parseQuote, type Frame } from '../../net/frame.ts';
import type { MacAddress } from '../../net/mac-address.ts';
import { packet } from '../../net/packet.ts';
import { isIpv4 } from '../duties.ts';
import type { Heard, Outgoing } from './exchange.ts';
import type { InterfaceFacts, SizeProbe } from '../facts.ts';

/** Bytes before the payload of an echo request. */
const HEADERS = { inet: 28, inet6: 48 } as const;
const SMALL = 0;
const ECHO_REPLY = 0;
const UNREACHABLE = { type: 3, fragmentationNeeded: 4 } as const;

/**
 * Two echo requests to a host's own address that must not be cut: a small one, which tells whether it answers at all, and
 * one that fills the MTU of the director's interface.
 */
export interface PathSize {
  target: string;
  nic: InterfaceFacts;
  mac: MacAddress;
  source: string;
  identifier: number;
}

export function echoesOf({ target, nic, mac, source, identifier }: PathSize): Outgoing[] {
  const four = isIpv4(target);
  const full = nic.mtu - (four ? HEADERS.inet : HEADERS.inet6);
  return [SMALL, full].map((payload, place) => {
    const echo = { type: 'echoRequest', identifier, sequence: place + 1 } as const;
    const ip = { source, destination: target };
    const spec = four ? { ip: { ...ip, dontFragment: true }, icmp: echo } : { ip, icmpv6: echo };
    const eth = { source: nic.mac, destination: mac };
    return { nic: nic.name, frame: packet({ eth, ...spec, payload: new Uint8Array(payload) }) };
  });
}

/** What came back; `mute` where the server answers no echo requests, so that nothing is known. */
export function sizeOf(probe: PathSize, heard: readonly Heard[]): SizeProbe {
  const { target, nic } = probe;
  const size = nic.mtu;
  const command = `ping -M do -s ${size - (isIpv4(target) ? HEADERS.inet : HEADERS.inet6)} ${target}`;
  const frames = heard.map(({ frame }) => frame);
  const mtu = frames.map((frame) => tooBig(frame, target) ?? cutTo(frame, target)).find((one) => one !== undefined);
  if (mtu !== undefined) return { answer: 'too-big', size: mtu, command };
  if (frames.some((frame) => isReply(frame, probe, 2))) return { answer: 'fits', size, command };
  const answers = frames.some((frame) => isReply(frame, probe, 1));
  return { answer: answers ? 'lost' : 'mute', size, command };
}

/** Nothing more is to come. */
export function isSettled(probe: PathSize, heard: readonly Heard[]): boolean {
  return ['fits', 'too-big'].includes(sizeOf(probe, heard).answer);
}

function isReply(frame: Frame, { target, identifier }: PathSize, sequence: number): boolean {
  const ip = frame.find('ipv4') ?? frame.find('ipv6');
  const [icmp, icmpv6] = [frame.find('icmp'), frame.find('icmpv6')];
  const isEcho = icmp?.type === ECHO_REPLY || icmpv6?.type === ICMPV6_TYPE.echoReply;
  return isEcho && ip?.source === target && (icmp ?? icmpv6)?.rest === identifier * 0x1_0000 + sequence;
}

/** The MTU that a router told, where it speaks of a packet to this address. */
function tooBig(frame: Frame, target: string): number | undefined {
  const [icmp, icmpv6] = [frame.find('icmp'), frame.find('icmpv6')];
  const tells =
    (icmp?.type === UNREACHABLE.type && icmp.code === UNREACHABLE.fragmentationNeeded) ||
    icmpv6?.type === ICMPV6_TYPE.packetTooBig;
  if (!tells) return undefined;
  const quoted = parseQuote(frame.payload);
  const destination = (quoted?.find('ipv4') ?? quoted?.find('ipv6'))?.destination;
  if (destination !== target) return undefined;
  return icmp === undefined ? icmpv6?.rest : mtuOf(icmp);
}

/** The length of an answer's first fragment: it did not fit the way back in one. */
function cutTo(frame: Frame, target: string): number | undefined {
  const ip = frame.find('ipv4');
  if (ip?.source !== target || ip.protocol !== IP_PROTOCOL.icmp) return undefined;
  return ip.moreFragments && ip.fragmentOffset === 0 ? ip.totalLength : undefined;
}
