import type { MacAddress } from '../../net/mac-address.ts';
import type { DestinationFacts, HostFacts, ServiceFacts, SizeProbe } from '../facts.ts';
import { isIpv4 } from '../duties.ts';
import { ownAddresses, ports, segmentOf } from '../host.ts';
import type { Exchange, Heard } from './exchange.ts';
import { answerTo, resetOf, synOf, type Handshake } from './handshake.ts';
import { echoesOf, isSettled, sizeOf, type PathSize } from './path-size.ts';
import { wayTo, type Way } from './way.ts';
import { answerers, whoHas } from './who-has.ts';

/** What the director's network answered. */
export interface Tried {
  /** The services, with what came of each real server. */
  services: ServiceFacts[];
  /** Which MACs answer for a VIP on the segments of the director, its own excepted. */
  answers: Record<string, MacAddress[]>;
  /** Whether full packets reach the gateways of the director. */
  gateways: Record<string, SizeProbe>;
}

/**
 * Asks who has each VIP and each real server, then sends each real server a SYN by the service's own way, taken back with RST, and
 * echo requests of full size. To be called where `exchange` reaches the director's segments.
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export function tryNetwork(
  host: HostFacts,
  services: readonly ServiceFacts[],
  exchange: Exchange,
  random: (below: number) => number,
): Tried {
  const vips = new Set(services.flatMap(({ asked }) => asked.map(({ address }) => address)));
  const ways = waysOf(host, services, vips);
  const hops = [...ways.values()].map(({ nic, nextHop }) => ({ nic, address: nextHop }));
  const here = services.flatMap(({ destinations }) => destinations.flatMap(({ address }) => onSegment(host, address)));
  const gateways = gatewaysOf(host);
  const near = distinct([...hops, ...here, ...gateways]);
  const stations = ports(host).flatMap((nic) => [...vips].map((address) => ({ nic, address })));
  const heard = exchange(distinct([...stations, ...near]).map(({ nic, address }) => whoHas(nic, address, vips)));
  const tries = triesOf(host, { ways, gateways }, heard, random);
  const probed = perform(tries, exchange);
  return {
    services: services.map((service) => ({
      ...service,
      destinations: service.destinations.map((one) => withProbes(host, one, ways.get(one), { heard, tries, probed })),
    })),
    answers: Object.fromEntries([...vips].map((vip) => [vip, othersWith(host, vip, heard)])),
    gateways: Object.fromEntries(
      gateways.flatMap(({ address }) => {
        const size = tries.sizes.get(address);
        return size === undefined ? [] : [[address, sizeOf(size, probed)]];
      }),
    ),
  };
}

interface Place {
  nic: Way['nic'];
  address: string;
}

function onSegment(host: HostFacts, address: string): Place[] {
  const nic = segmentOf(host, address);
  return nic === undefined || nic.mac === '' ? [] : [{ nic, address }];
}

function gatewaysOf(host: HostFacts): Place[] {
  const vias = host.routes.flatMap(({ kind, via }) => (kind !== 'unicast' || via === undefined ? [] : [via]));
  return distinct(vias.filter((via) => !via.startsWith('fe80:')).flatMap((via) => onSegment(host, via)));
}

function distinct(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [`${place.nic.name} ${place.address}`, place])).values()];
}

function waysOf(
  host: HostFacts,
  services: readonly ServiceFacts[],
  vips: ReadonlySet<string>,
): Map<DestinationFacts, Way> {
  const all = services.flatMap((service) =>
    service.destinations.flatMap((one) => {
      const way = wayTo(host, service, one, vips);
      return way === undefined ? [] : [[one, way] as const];
    }),
  );
  return new Map(all);
}

function othersWith(host: HostFacts, vip: string, heard: readonly Heard[]): MacAddress[] {
  const own = new Set(ports(host).map(({ mac }) => mac));
  const macs = ports(host).flatMap(({ name }) => answerers(heard, name, vip));
  return [...new Set(macs)].filter((mac) => !own.has(mac));
}

interface Tries {
  handshakes: Map<Way, Handshake>;
  sizes: Map<string, PathSize>;
}

/** One handshake for each way, one pair of echoes for each server and gateway, where the MAC of the next hop is known. */
function triesOf(
  host: HostFacts,
  { ways, gateways }: { ways: ReadonlyMap<DestinationFacts, Way>; gateways: readonly Place[] },
  heard: readonly Heard[],
  random: (below: number) => number,
): Tries {
  const tries: Tries = { handshakes: new Map(), sizes: new Map() };
  const macOf = (nic: Way['nic'], address: string): MacAddress | undefined =>
    answerers(heard, nic.name, address)[0] ??
    host.neighbours.find((one) => one.address === address && one.dev === nic.name)?.mac;
  for (const way of ways.values()) {
    const { nic, nextHop, server, near: source } = way;
    const mac = macOf(nic, nextHop);
    if (mac === undefined) continue;
    tries.handshakes.set(way, { way, mac, sourcePort: 32_768 + random(28_000), sequence: random(2 ** 31) });
    tries.sizes.set(server, { target: server, nic, mac, source, identifier: random(0x1_0000) });
  }
  for (const { nic, address } of gateways) {
    const mac = macOf(nic, address);
    const source = nic.addresses.find((own) => isIpv4(own.address) === isIpv4(address))?.address;
    if (mac === undefined || source === undefined) continue;
    tries.sizes.set(address, { target: address, nic, mac, source, identifier: random(0x1_0000) });
  }
  return tries;
}

function perform({ handshakes, sizes }: Tries, exchange: Exchange): Heard[] {
  const opened = [...handshakes.values()];
  const measured = [...sizes.values()];
  if (opened.length + measured.length === 0) return [];
  const isEnough = (heard: readonly Heard[]): boolean =>
    opened.every((one) => answerTo(one, heard).answer !== 'silence') && measured.every((one) => isSettled(one, heard));
  const heard = exchange([...opened.map(synOf), ...measured.flatMap(echoesOf)], isEnough);
  const answered = opened.filter((one) => answerTo(one, heard).answer === 'syn-ack');
  exchange(answered.map(resetOf), () => true);
  return heard;
}

function withProbes(
  host: HostFacts,
  destination: DestinationFacts,
  way: Way | undefined,
  { heard, tries, probed }: { heard: readonly Heard[]; tries: Tries; probed: readonly Heard[] },
): DestinationFacts {
  const { address } = destination;
  const nic = onSegment(host, address)[0]?.nic;
  const isOwn = ownAddresses(host).some((own) => own.address === address);
  const neighbour = nic === undefined || isOwn ? undefined : answerers(heard, nic.name, address).length > 0;
  const handshake = way === undefined ? undefined : tries.handshakes.get(way);
  const measured = tries.sizes.get(address);
  const size: SizeProbe | undefined = measured === undefined ? undefined : sizeOf(measured, probed);
  return {
    ...destination,
    isNeighbour: neighbour,
    probe: handshake === undefined ? undefined : answerTo(handshake, probed),
    size,
  };
}
