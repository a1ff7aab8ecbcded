import type { IpAddress, MacAddress } from '../net/address.ts';
import { addressesOf, placedNics, type Topology } from './topology.ts';
import { changedFields, type ConnectionWalk, type Journey, type Sighting, type WalkFields } from './walk.ts';

/** Who has which address: what turns numbers of a capture into names. */
export interface World {
  /** `director eth1`, or undefined for a MAC that is nobody's. */
  nicOfMac(mac: MacAddress): { host: string; nic: string } | undefined;
  /** Every host with this address, on a NIC or on lo. */
  hostsWithAddress(address: IpAddress): string[];
}

export function worldOf(topology: Topology): World {
  const nics = new Map(placedNics(topology).map((nic) => [nic.mac, { host: nic.host, nic: nic.name }]));
  const hosts = Object.entries(topology.hosts);
  return {
    nicOfMac: (mac) => nics.get(mac),
    hostsWithAddress: (address) =>
      hosts.filter(([, host]) => addressesOf(host).includes(address)).map(([name]) => name),
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

/** What the two journeys of a connection have to say together: who answered, and whether the director saw the reply. */
export function conclusion({ request, reply }: ConnectionWalk, director: string): string[] {
  const asked = hostsOn(request);
  if (reply === undefined) return [`The request passed ${list(asked)}. Nobody was seen to answer it.`];
  const answered = hostsOn(reply);
  const lines = [`The request passed ${list(asked)}; the reply passed ${list(answered)}.`];
  const viaDirector = answered.includes(director);
  lines.push(
    viaDirector
      ? `Both ways pass ${director}: it has to see the reply to restore what it rewrote.`
      : `The reply does not pass ${director}: ${answered[0]} answered without it.`,
  );
  const target = request.sightings[0]?.fields.dip;
  const source = reply.sightings.at(-1)?.fields.sip;
  if (target !== undefined && target === source) {
    lines.push(`The client asked ${target} and is answered by ${source}: it cannot tell which server it was.`);
  }
  return lines;
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
  const how = changed.length === 0 ? 'arrives as it was sent' : `arrives with another ${list(changed)}`;
  const owners = world.hostsWithAddress(fields.dip);
  const end = owners.includes(point.host)
    ? `${fields.dip} is an address of its own, so it accepts the packet`
    : `${fields.dip} is not an address of its own, so it has to pass the packet on`;
  return `It ${how}: the frame is for ${point.host} ${point.nic}, and ${end}.`;
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
  return `${host} ${list(clauses)}.`;
}

function rewrites(before: WalkFields, after: WalkFields, world: World): string[] {
  return (['destination', 'source'] as const).flatMap((side) => {
    const [from, to] = [endpoint(before, side), endpoint(after, side)];
    if (from === to) return [];
    const owners = world.hostsWithAddress(side === 'destination' ? after.dip : after.sip);
    return [`rewrites the ${side} from ${from} to ${to} (${owners.length === 0 ? 'nobody here' : list(owners)})`];
  });
}

function macChange(before: Sighting, after: Sighting, world: World): string | undefined {
  if (before.fields.smac === after.fields.smac && before.fields.dmac === after.fields.dmac) return undefined;
  const where = before.point.nic === after.point.nic ? `back out of ${after.point.nic}` : `out of ${after.point.nic}`;
  const next = world.nicOfMac(after.fields.dmac);
  return `${where} to ${next === undefined ? after.fields.dmac : nicName(next)}`;
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

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
