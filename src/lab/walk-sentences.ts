import type { IpAddress, MacAddress } from '../net/address.ts';
import { addressesOf, bare, placedNics, type Host, type Topology } from './topology.ts';
import { changedFields, type ConnectionWalk, type Journey, type Sighting, type WalkFields } from './walk.ts';

/** Who has which address: what turns numbers of a capture into names. */
export interface World {
  /** `director eth1`, or undefined for a MAC that is nobody's. */
  nicOfMac(mac: MacAddress): { host: string; nic: string } | undefined;
  /** Every host with this address, on a NIC or on lo. */
  hostsWithAddress(address: IpAddress): string[];
  /** On which interface a host has an address: `eth0`, `lo:0`. */
  interfaceOf(host: string, address: IpAddress): string | undefined;
}

export function worldOf(topology: Topology): World {
  const nics = new Map(placedNics(topology).map((nic) => [nic.mac, { host: nic.host, nic: nic.name }]));
  const hosts = Object.entries(topology.hosts);
  return {
    nicOfMac: (mac) => nics.get(mac),
    hostsWithAddress: (address) =>
      hosts.filter(([, host]) => addressesOf(host).includes(address)).map(([name]) => name),
    interfaceOf: (name, address) => interfaceWithAddress(topology.hosts[name]!, address),
  };
}

/** One sentence for each sighting of a journey, said from what changed since the one before it. */
export function sentences({ sightings }: Journey, world: World): string[] {
  return sightings.map((sighting, index) => {
    const before = sightings[index - 1];
    if (before === undefined) return firstSentence(sighting, world);
    if (before.point.host === sighting.point.host) return passingSentence(before, sighting, world);
    return arrivalSentence(before, sighting, world);
  });
}

/** What the two journeys of a connection say together: which ways they took, and whether the director saw the reply. */
export function conclusion({ request, reply }: ConnectionWalk, director: string, world: World): string[] {
  const there = `The request went ${hostsOn(request).join(' > ')}`;
  if (reply === undefined) return [`${there}. Nobody was seen to answer it.`];
  const lines = [`${there}, the reply ${hostsOn(reply).join(' > ')}.`, replyAndDirector(reply, director, world)];
  const [asked, answered] = [request.sightings[0]?.fields.dip, reply.sightings.at(-1)?.fields.sip];
  if (asked !== undefined && asked === answered) {
    lines.push(`The client asked ${asked} and is answered by ${answered}: it cannot tell which server it was.`);
  }
  return lines;
}

function replyAndDirector({ sightings }: Journey, director: string, world: World): string {
  const [first] = sightings;
  const passing = sightings.filter(({ point }) => point.host === director);
  if (first !== undefined && passing.length === 0) {
    const next = world.nicOfMac(first.fields.dmac);
    const to = next === undefined ? first.fields.dmac : nicName(next);
    return `The reply did not pass ${director}: ${first.point.host} sent it straight to ${to}.`;
  }
  const [before, after] = [passing[0], passing.at(-1)];
  const restored = before !== undefined && after !== undefined && before.fields.sip !== after.fields.sip;
  if (!restored) return `Both ways passed ${director}.`;
  return `Both ways passed ${director}, which put ${after.fields.sip} back in the place of ${before.fields.sip}.`;
}

function firstSentence({ point, direction, fields }: Sighting, world: World): string {
  const packet = `from ${endpoint(fields, 'source')} to ${endpoint(fields, 'destination')}`;
  if (direction === 'in') return `${point.host} receives a packet ${packet} at ${point.nic}.`;
  return `${point.host} sends ${kindOf(fields)} ${packet}. ${nextHop(fields, world)}`;
}

/** Where a frame goes: to the owner of the destination address, or to a gateway. */
function nextHop({ dip, dmac }: WalkFields, world: World): string {
  const next = world.nicOfMac(dmac);
  if (next === undefined) return `The frame goes to ${dmac}, which is no NIC of this network.`;
  if (world.hostsWithAddress(dip).includes(next.host)) return `The frame goes to its owner, ${nicName(next)}.`;
  return `${dip} is in another network, so the frame goes to the gateway, ${nicName(next)}.`;
}

function arrivalSentence(before: Sighting, { point, fields }: Sighting, world: World): string {
  const changed = changedFields(before.fields, fields);
  const how = changed.length === 0 ? 'arrives as it was sent' : `arrives with another ${enumerate(changed)}`;
  const place = world.interfaceOf(point.host, fields.dip);
  const end =
    place === undefined
      ? `but ${fields.dip} is not, so ${point.host} has to pass the packet on`
      : `and so is ${fields.dip} (on ${place}): ${point.host} takes the packet`;
  return `It ${how}. The destination MAC is its own, ${end}.`;
}

function passingSentence(before: Sighting, after: Sighting, world: World): string {
  const { host } = after.point;
  const rewritten = rewrites(before.fields, after.fields, world);
  const { ttl } = after.fields;
  const to = macChange(before, after, world);
  if (rewritten.length === 0 && ttl === before.fields.ttl) {
    if (to === undefined) return `${host} passes it on as it is.`;
    return `${host} keeps the IP packet as it is, its TTL too; it changes only the MAC addresses and sends the frame ${to}.`;
  }
  const clauses = rewritten.length === 0 ? ['leaves IP addresses and ports as they are'] : rewritten;
  if (ttl !== before.fields.ttl) clauses.push(`changes the TTL from ${before.fields.ttl} to ${ttl}`);
  if (to !== undefined) clauses.push(`sends the frame ${to}`);
  return `${host} ${enumerate(clauses)}.`;
}

function rewrites(before: WalkFields, after: WalkFields, world: World): string[] {
  return (['destination', 'source'] as const).flatMap((side) => {
    const [from, to] = [endpoint(before, side), endpoint(after, side)];
    if (from === to) return [];
    const owners = world.hostsWithAddress(side === 'destination' ? after.dip : after.sip);
    return [`rewrites the ${side} from ${from} to ${to} (${owners.length === 0 ? 'nobody here' : enumerate(owners)})`];
  });
}

function macChange(before: Sighting, after: Sighting, world: World): string | undefined {
  if (before.fields.smac === after.fields.smac && before.fields.dmac === after.fields.dmac) return undefined;
  const where = before.point.nic === after.point.nic ? `back out of ${after.point.nic}` : `out of ${after.point.nic}`;
  const next = world.nicOfMac(after.fields.dmac);
  return `${where} to ${next === undefined ? after.fields.dmac : nicName(next)}`;
}

function interfaceWithAddress(host: Host, address: IpAddress): string | undefined {
  const nic = Object.entries(host.nics).find(([, { addresses }]) => addresses.map(bare).includes(address));
  const further = [host, host.byHand ?? {}].flatMap(({ addresses }) => Object.entries(addresses ?? {}));
  const extra = further.flatMap(([name, list]) =>
    list.map((own) => ({ name: own.label ?? name, address: bare(own.address) })),
  );
  return nic?.[0] ?? extra.find((own) => own.address === address)?.name;
}

function kindOf({ flags }: WalkFields): string {
  if (flags === 'S') return 'a SYN';
  if (flags === 'SA') return 'a SYN-ACK';
  return flags === '' ? 'a datagram' : `a segment (${flags})`;
}

function hostsOn({ sightings }: Journey): string[] {
  return [...new Set(sightings.map(({ point }) => point.host))];
}

function endpoint(fields: WalkFields, side: 'source' | 'destination'): string {
  const [address, port] = side === 'source' ? [fields.sip, fields.sp] : [fields.dip, fields.dp];
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function nicName({ host, nic }: { host: string; nic: string }): string {
  return `${host} ${nic}`;
}

function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
