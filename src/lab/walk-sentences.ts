import type { IpAddress, MacAddress } from '../net/address.ts';
import { addressesOf, bare, placedNics, type Host, type Topology } from './topology.ts';
import type { ConnectionWalk, Journey } from './walk.ts';

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

function interfaceWithAddress(host: Host, address: IpAddress): string | undefined {
  const nic = Object.entries(host.nics).find(([, { addresses }]) => addresses.map(bare).includes(address));
  const further = [host, host.byHand ?? {}].flatMap(({ addresses }) => Object.entries(addresses ?? {}));
  const extra = further.flatMap(([name, list]) =>
    list.map((own) => ({ name: own.label ?? name, address: bare(own.address) })),
  );
  return nic?.[0] ?? extra.find((own) => own.address === address)?.name;
}

function hostsOn({ sightings }: Journey): string[] {
  return [...new Set(sightings.map(({ point }) => point.host))];
}

export function nicName({ host, nic }: { host: string; nic: string }): string {
  return `${host} ${nic}`;
}
