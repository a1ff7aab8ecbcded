import { type Family } from '../../../lvs/service.ts';
import { ZERO_MAC } from '../../../net/address.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { packet, type PacketSpec } from '../../../net/packet.ts';
import { directorMac } from '../recorded-topology.ts';
import type { Cast } from './cast.ts';
import { isCall } from './content.ts';
import { randomHopOptions, randomOptions } from './options.ts';
import type { Random } from './random.ts';
import { SERVERS, SERVICES, vipOf } from './surroundings.ts';

/** Frames of random packets: most often good ones, now and then with a header, a length or an end that they should not have. */

export interface Arriving {
  /** By `lo` comes what a program of the director itself sends. */
  arrives: 'eth0' | 'eth1' | 'lo';
  frame: Uint8Array;
}

/** The MAC that a frame is addressed to. */
export function stationOf(arrives: Arriving['arrives']): string {
  return arrives === 'lo' ? ZERO_MAC : directorMac(arrives);
}

interface Whole {
  station: string;
  spec: PacketSpec;
  family: Family;
  cast: Cast;
  /** It may be a request of direct routing or a tunnel: what the stack answers to one counts as a reply, which the programs do not see (docs/limits.md). */
  isRequest?: boolean;
  /** Of no connection: what nat_icmp_send tells of it quotes its options as they came (docs/limits.md). */
  isStray?: boolean;
  /** Whether times may be taken in its options: those in a tunnel cannot be told from what the director chooses. */
  taken?: boolean;
}

/**
 * The frame, now and then with a header, a length or an end that it should not have. IP lengths that end within the header of TCP or
 * UDP are left out: such packets pass to the stack, where the kernel's IPVS drops them.
 */
export function mangled(
  random: Random,
  { station, spec, family, cast, isRequest = false, isStray = false, taken = true }: Whole,
): Uint8Array {
  const { whose, player, method } = cast;
  const trailer = random.oneIn(10) ? random.below(20) : 0;
  // What the stack answers has bits of it, another in each version of the kernel.
  const traffic = { dscp: whose === 'own' ? 0 : random.below(64), ecn: whose === 'own' ? 0 : random.below(4) };
  // Of what the director answers as a real server the kernel gives a recorded route and timestamps back (docs/limits.md).
  const isAnswered = whose === 'own' || whose === 'local';
  const isCounted = isRequest && player === 'programs' && (whose === 'own' || method === '-g' || method === '-i');
  const good = isCounted || !mayBeRefused(spec.ip);
  const odd =
    family === 'inet'
      ? oddIpv4(random, spec, { traffic, taken, idle: isAnswered || (isStray && player === 'programs'), good })
      : oddIpv6(random, spec, traffic, good);
  const eth = { destination: station, ...(station === ZERO_MAC ? { source: ZERO_MAC } : {}) };
  const frame = packet({ ...spec, ...odd, eth, trailer });
  return random.oneIn(50) ? frame.subarray(0, 14 + random.below(frame.length - 13)) : frame;
}

/** 0 to 2. */
function lowTtl(random: Random, ip: PacketSpec['ip']): number {
  const ttl = random.below(3);
  return mayBeRefused(ip) ? ttl : 2;
}

/**
 * Straight to a real server, or from the VIP, a packet does not die on its way: what the director says about that is a packet of its own, which the
 * programs do not see (docs/limits.md).
 */
function mayBeRefused(ip: PacketSpec['ip']): boolean {
  const isToServer = Object.values(SERVERS).some((servers: readonly string[]) =>
    servers.includes(ip?.destination ?? ''),
  );
  return !isToServer && !SERVICES.some((service) => vipOf(service) === ip?.source);
}

interface Traffic {
  dscp: number;
  ecn: number;
}

function oddIpv4(
  random: Random,
  { ip, icmp, udp }: PacketSpec,
  { traffic, taken, idle, good }: { traffic: Traffic; taken: boolean; idle: boolean; good: boolean },
): Partial<PacketSpec> {
  const odd = {
    // Into ICMP errors and the first message of a call the programs write nothing (docs/limits.md); what is the stack's own, it heeds.
    ...(random.oneIn(15)
      ? {
          options: randomOptions(random, {
            idle: idle || icmp !== undefined || isCall({ source: 0, destination: 0, ...udp }),
            taken,
            good,
          }),
        }
      : {}),
    ...(random.oneIn(20) ? { ttl: lowTtl(random, ip) } : {}),
    ...(random.oneIn(40) ? { checksum: random.below(0x10000) } : {}),
    ...(random.oneIn(60) ? { totalLength: random.pick([random.below(20), 1400]) } : {}),
    ...traffic,
    identification: random.below(0x10000),
    dontFragment: random.oneIn(2),
  };
  return { ip: { ...ip, ...odd } };
}

function oddIpv6(
  random: Random,
  { ip, extensions = [] }: PacketSpec,
  traffic: Traffic,
  good: boolean,
): Partial<PacketSpec> {
  const odd = {
    ...(random.oneIn(20) ? { hopLimit: lowTtl(random, ip) } : {}),
    ...traffic,
  };
  const canHaveMore = !('nextHeader' in (ip ?? {}));
  const more = random.oneIn(15) && canHaveMore ? [DESTINATION_OPTIONS] : [];
  const first =
    random.oneIn(15) && canHaveMore ? [{ kind: IP_PROTOCOL.hopByHop, data: randomHopOptions(random, good) }] : [];
  // Of two faults at once, one of them in hop-by-hop options, stack and programs look at another first.
  const length = first.length === 0 && random.oneIn(60) ? { payloadLength: random.pick([random.below(20), 1400]) } : {};
  return { ip: { ...ip, ...odd, ...length }, extensions: [...first, ...more, ...extensions] };
}

/** PadN of six bytes (RFC 8200 section 4.2). */
const DESTINATION_OPTIONS = { kind: IP_PROTOCOL.destinationOptions, data: Uint8Array.of(1, 4, 0, 0, 0, 0) };
