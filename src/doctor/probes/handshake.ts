import { isIcmpError } from '../../net/icmp.ts';
import { isIcmpv6Error } from '../../net/icmpv6.ts';
import { parseQuote, type Frame } from '../../net/frame.ts';
import type { MacAddress } from '../../net/mac-address.ts';
import { TCP_FLAG } from '../../net/tcp.ts';
import type { PathProbe } from '../facts.ts';
import type { Heard, Outgoing } from './exchange.ts';
import { frameOn, type Way } from './way.ts';

/** A connection that is opened along a way and taken back. */
export interface Handshake {
  way: Way;
  mac: MacAddress;
  sourcePort: number;
  sequence: number;
}

export function synOf(handshake: Handshake): Outgoing {
  return segment(handshake, 'S', handshake.sequence);
}

export function resetOf(handshake: Handshake): Outgoing {
  return segment(handshake, 'R', handshake.sequence + 1);
}

function segment({ way, mac, sourcePort }: Handshake, flags: string, sequence: number): Outgoing {
  const tcp = { source: sourcePort, destination: way.port, sequence: sequence >>> 0, flags };
  return { nic: way.nic.name, frame: frameOn(way, mac, { tcp }) };
}

/** What was answered, silence if nothing. */
export function answerTo(handshake: Handshake, heard: readonly Heard[]): PathProbe {
  const { way } = handshake;
  const command = commandOf(handshake);
  for (const { frame } of heard) {
    const answer = readAnswer(handshake, frame);
    if (answer !== undefined) return { answer, command, source: way.source };
  }
  return { answer: 'silence', command, source: way.source };
}

function readAnswer({ way, sourcePort }: Handshake, frame: Frame): PathProbe['answer'] | undefined {
  const ip = frame.find('ipv4') ?? frame.find('ipv6');
  const tcp = frame.find('tcp');
  if (tcp !== undefined) {
    if (ip?.source !== way.target || tcp.source !== way.port || tcp.destination !== sourcePort) return undefined;
    return (tcp.flags & TCP_FLAG.rst) === 0 ? 'syn-ack' : 'reset';
  }
  return isAbout(way, frame) ? 'unreachable' : undefined;
}

/** An ICMP error about a packet that went to the server by this way. */
function isAbout({ server, target }: Way, frame: Frame): boolean {
  const [icmp, icmpv6] = [frame.find('icmp'), frame.find('icmpv6')];
  const isError =
    (icmp !== undefined && isIcmpError(icmp.type)) || (icmpv6 !== undefined && isIcmpv6Error(icmpv6.type));
  const quoted = isError ? parseQuote(frame.payload) : undefined;
  const destination = (quoted?.find('ipv4') ?? quoted?.find('ipv6'))?.destination;
  return destination !== undefined && (destination === server || destination === target);
}

function commandOf({ way: { source, target, port, nic, tunnel, server, nextHop }, mac }: Handshake): string {
  const inside = tunnel === undefined ? '' : `, inside a packet (${tunnel.type}) to ${server}`;
  return `SYN from ${source} to ${target}:${port} by ${nic.name}, at the MAC ${mac} of ${nextHop}${inside}`;
}
