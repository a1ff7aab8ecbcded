import { familyOf, type Protocol } from '../../../lvs/service.ts';
import { concatBytes } from '../../../net/bytes.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import type { PacketSpec } from '../../../net/packet.ts';
import { SCTP_CHUNK } from '../../../net/sctp.ts';
import { randomMessage } from './message.ts';
import type { Random } from './random.ts';
import { SERVICES } from './surroundings.ts';

/** What random packets carry behind the headers of IP. */

const FLAGS = 'S S S A A A PA SA F FA R RA  P U SF SR SFRA'.split(' ');
const CHUNKS = [
  SCTP_CHUNK.init,
  SCTP_CHUNK.init,
  SCTP_CHUNK.initAck,
  SCTP_CHUNK.cookieEcho,
  SCTP_CHUNK.cookieAck,
  SCTP_CHUNK.data,
  SCTP_CHUNK.data,
  SCTP_CHUNK.abort,
  SCTP_CHUNK.shutdown,
  SCTP_CHUNK.shutdownAck,
  SCTP_CHUNK.shutdownComplete,
] as const;

export const ISAKMP = 500;

/** What a packet carries: where ISAKMP would go, half the time what follows it instead; in IPv6 AH may stand before anything. */
export function carried(
  random: Random,
  ip: { source: string; destination: string },
  protocol: Protocol,
  ports: { source: number; destination: number },
): PacketSpec {
  const isIsakmp = protocol === 'udp' && (ports.source === ISAKMP || ports.destination === ISAKMP);
  if (isIsakmp && random.oneIn(2)) return followed(random, ip);
  const before = familyOf(ip.source) === 'inet6' && random.oneIn(20) && !isMarked(ip);
  return {
    ip,
    ...(before ? { extensions: [authentication(random)] } : {}),
    ...transport(random, protocol, ports),
  };
}

/** It is a rule of netfilter that marks it, which does not look behind AH. */
function isMarked({ source, destination }: { source: string; destination: string }): boolean {
  return SERVICES.some(({ origin }) => origin !== undefined && (origin === source || origin === destination));
}

/** An AH or ESP packet; now and then one without anything behind the headers. In AH there is ESP, of which IPv6 has to know. */
function followed(random: Random, ip: { source: string; destination: string }): PacketSpec {
  const protocol = random.pick([IP_PROTOCOL.esp, IP_PROTOCOL.authentication]);
  const length = random.oneIn(10) ? 0 : random.oneIn(20) ? 1200 + random.below(180) : random.below(300);
  const { data } = authentication(random);
  const header = Uint8Array.of(IP_PROTOCOL.esp, (data.length + 2) / 4 - 2, ...data);
  const payload = concatBytes(
    protocol === IP_PROTOCOL.esp ? new Uint8Array(0) : header,
    new Uint8Array(length).fill(9),
  );
  return { ip: { ...ip, ...(familyOf(ip.source) === 'inet' ? { protocol } : { nextHeader: protocol }) }, payload };
}

/** Of 12 to 24 bytes (RFC 4302). */
function authentication(random: Random): { kind: number; data: Uint8Array } {
  return { kind: IP_PROTOCOL.authentication, data: new Uint8Array(10 + random.below(4) * 4).fill(7) };
}

function transport(
  random: Random,
  protocol: Protocol,
  ports: { source: number; destination: number },
): Pick<PacketSpec, 'tcp' | 'udp' | 'sctp' | 'payload'> {
  const payload = random.oneIn(30) ? 1200 + random.below(180) : random.oneIn(2) ? 0 : random.below(300);
  const wrong = random.oneIn(12) ? { checksum: random.pick([0, 0xffff, random.below(0x10000)]) } : {};
  if (protocol === 'udp')
    return { udp: { ...ports, ...wrong }, payload: isCall(ports) ? randomMessage(random) : payload };
  if (protocol === 'sctp') {
    const chunks = Array.from({ length: 1 + random.below(2) }, () => ({
      type: random.pick(CHUNKS),
      flags: 0,
      value: new Uint8Array(random.below(5) * 4),
    }));
    return { sctp: { ...ports, verificationTag: random.below(0x10000), chunks, ...wrong } };
  }
  const offset = random.oneIn(15) ? { dataOffset: random.below(16) } : {};
  const options = random.oneIn(4) ? { options: new Uint8Array(random.below(4) * 4).fill(1) } : {};
  const [sequence, acknowledgement] = [random.below(0x10000), random.below(0x10000)];
  return {
    tcp: { ...ports, flags: random.pick(FLAGS), sequence, acknowledgement, ...options, ...offset, ...wrong },
    payload,
  };
}

/** One end is of a service of calls, or of its real servers. */
export function isCall({ source, destination }: { source: number; destination: number }): boolean {
  return SERVICES.some(
    ({ calls, ports, serverPorts }) =>
      calls === true && [...ports, ...serverPorts].some((port) => port === source || port === destination),
  );
}
