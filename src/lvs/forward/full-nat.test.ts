import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service, VIP, WEB } from '../../../test/support/memory-lab.ts';
import { frameFaults } from '../../net/frame-faults.ts';
import { parseFrame, parsePacket, portsOf, type Frame } from '../../net/frame.ts';
import { packet, type PacketSpec } from '../../net/packet.ts';
import type { Operation } from '../operation.ts';
import type { Verdict } from '../verdict.ts';

const OWN = '10.2.0.1';
const SERVER = SERVERS[0];
const VIP6 = '2001:db8:9::9';
const CLIENT6 = '2001:db8:a::10';
const SERVER6 = '2001:db8:b::11';
const OWN6 = '2001:db8:b::1';

const source = (address = OWN, firstPort = 5000, lastPort = 5003): Operation => ({
  do: 'set-source',
  source: { address, firstPort, lastPort },
});
const fullNat = (address: string = SERVER, port = 8080) => server(address, port, { method: 'full-nat' });

function lab(...operations: Operation[]): MemoryLab {
  return new MemoryLab().apply(...(operations.length === 0 ? [source()] : operations)).serve(service(WEB), fullNat());
}

const text = ({ address, port }: { address: string; port: number }) => `${address}:${port}`;

function ends(frame: Frame): string {
  const ip = frame.find('ipv4') ?? frame.get('ipv6');
  const ports = portsOf(frame);
  return `${ip.source}:${ports?.source} > ${ip.destination}:${ports?.destination}`;
}

function only({ frames }: Verdict): { out: string; frame: Frame } {
  expect(frames).toHaveLength(1);
  const frame = parseFrame(frames[0]!.bytes);
  expect(frameFaults(frame)).toEqual([]);
  return { out: frames[0]!.interface, frame };
}

/** Something that a server sends to the source it has seen. */
function reply(of: MemoryLab, to: { address: string; port: number }, spec: PacketSpec, from: string = SERVER): Verdict {
  return of.fromServer(from, { ip: { source: from, destination: to.address }, ...spec });
}

function sourceOf(of: MemoryLab) {
  const [connection] = [...of.director.connections()];
  return connection!.source!;
}

describe('full NAT', () => {
  it('shows the server an address of the director, and the client the virtual one', () => {
    const here = lab();

    const request = here.tcp('S');
    const from = sourceOf(here);
    const answer = reply(here, from, { tcp: { source: 8080, destination: from.port, flags: 'SA' } });

    expect([request.reason, answer.reason]).toEqual(['full-nat', 'reply-restored']);
    expect(from.address).toBe(OWN);
    expect(ends(only(request).frame)).toBe(`${text(from)} > ${SERVER}:8080`);
    expect(only(answer)).toMatchObject({ out: 'eth0' });
    expect(ends(only(answer).frame)).toBe(`${VIP}:80 > ${CLIENT}:40001`);
    expect(here.connections()).toEqual([`SYN_RECV ${CLIENT}:40001 > ${SERVER}:8080`]);
  });

  it('takes one off the TTL in each direction', () => {
    const here = lab();
    expect(only(here.tcp('S')).frame.get('ipv4').ttl).toBe(63);
    const from = sourceOf(here);
    const answer = reply(here, from, { tcp: { source: 8080, destination: from.port, flags: 'SA' } });
    expect(only(answer).frame.get('ipv4').ttl).toBe(63);
  });

  it('works where the server has no way to the client, and where the client is the server itself', () => {
    const here = lab();
    const request = here.fromServer(SERVER, {
      ip: { source: SERVER, destination: VIP },
      tcp: { source: 40_001, destination: 80, flags: 'S' },
    });
    const from = sourceOf(here);
    expect(only(request)).toMatchObject({ out: 'eth1' });
    expect(ends(only(request).frame)).toBe(`${text(from)} > ${SERVER}:8080`);

    const answer = reply(here, from, { tcp: { source: 8080, destination: from.port, flags: 'SA' } });

    expect(only(answer)).toMatchObject({ out: 'eth1' });
    expect(ends(only(answer).frame)).toBe(`${VIP}:80 > ${SERVER}:40001`);
  });

  it('is refused where there is no source, and so is taking away the last one', () => {
    const bare = new MemoryLab().apply({ do: 'add-service', service: service(WEB) });
    const add: Operation = { do: 'add-destination', match: WEB, destination: fullNat() };
    expect(() => bare.apply(add)).toThrow(expect.objectContaining({ code: 'SOURCE_UNKNOWN' }));

    const here = lab(source(), source('10.2.0.2'));
    here.apply({ do: 'delete-source', address: '10.2.0.2' });
    expect(() => here.apply({ do: 'delete-source', address: OWN })).toThrow(
      expect.objectContaining({ code: 'SOURCE_IN_USE' }),
    );
  });

  it('excludes one-packet scheduling, whichever comes first', () => {
    const here = new MemoryLab().apply(source()).serve(service(DNS), fullNat(SERVER, 53));
    const edit: Operation = { do: 'edit-service', service: service(DNS, { onePacket: true }) };
    expect(() => here.apply(edit)).toThrow(expect.objectContaining({ code: 'SERVICE_INVALID' }));
    here.apply({ do: 'delete-destination', match: DNS, destination: fullNat(SERVER, 53) }, edit);
    const add: Operation = { do: 'add-destination', match: DNS, destination: fullNat(SERVER, 53) };
    expect(() => here.apply(add)).toThrow(expect.objectContaining({ code: 'SERVICE_INVALID' }));
  });

  it('gives every connection to one server port another source, and the next one a reason', () => {
    const here = lab();
    const verdicts = [1, 2, 3, 4, 5].map((port) => here.tcp('S', 40_000 + port));
    expect(verdicts.map(({ reason }) => reason)).toEqual([...Array(4).fill('full-nat'), 'no-source-port']);
    const sources = [...here.director.connections()].map((one) => text(one.source!));
    expect(new Set(sources).size).toBe(4);
    expect(verdicts[4]!.decisions).toContainEqual({ kind: 'source', source: undefined });

    here.wait(100);
    expect(here.tcp('S', 40_005).reason, 'half-open connections have ended').toBe('full-nat');
  });

  it('lets two servers have the same source at the same time', () => {
    const one = source(OWN, 5000, 5000);
    const here = new MemoryLab().apply(one).serve(service(WEB), fullNat(SERVERS[0]), fullNat(SERVERS[1]));
    expect([here.tcp('S', 1), here.tcp('S', 2), here.tcp('S', 3)].map(({ reason }) => reason)).toEqual([
      'full-nat',
      'full-nat',
      'no-source-port',
    ]);
  });

  it('chooses by the flow and not by chance: the same on every director', () => {
    const wide = source(OWN, 1024, 65_535);
    const chosen = () => {
      const here = new MemoryLab({ random: Math.random })
        .apply(wide, source('10.2.0.7'))
        .serve(service(WEB), fullNat());
      for (let port = 101; port <= 150; port++) here.tcp('S', port);
      return [...here.director.connections()].map(({ source: from }) => text(from!));
    };
    const first = chosen();
    expect(chosen()).toEqual(first);
    expect(new Set(first).size).toBe(50);
  });

  it('translates an ICMP error about a request to the client, quoted as the client sent it', () => {
    const here = lab();
    const request = here.tcp('S').frames[0]!.bytes.subarray(14);
    const from = sourceOf(here);
    const error = here.fromServer('10.2.0.12', {
      ip: { source: '10.2.0.12', destination: from.address },
      icmp: { type: 'destinationUnreachable', code: 'host' },
      payload: request,
    });
    expect(error.reason).toBe('icmp-to-client');
    const { out, frame } = only(error);
    expect(out).toBe('eth0');
    expect([frame.get('ipv4').source, frame.get('ipv4').destination]).toEqual([VIP, CLIENT]);
    expect(ends(parsePacket(frame.payload))).toBe(`${CLIENT}:40001 > ${VIP}:80`);
  });

  it('translates an ICMP error about a reply to the server, quoted as the server sent it', () => {
    const here = lab();
    here.tcp('S');
    const from = sourceOf(here);
    const answer = reply(here, from, { tcp: { source: 8080, destination: from.port, flags: 'SA' } });
    const error = here.fromClient({
      icmp: { type: 'destinationUnreachable', code: 'fragmentationNeeded', mtu: 1400 },
      payload: answer.frames[0]!.bytes.subarray(14),
    });
    expect(error.reason).toBe('icmp-to-server');
    const { out, frame } = only(error);
    expect(out).toBe('eth1');
    expect([frame.get('ipv4').source, frame.get('ipv4').destination]).toEqual([from.address, SERVER]);
    expect(ends(parsePacket(frame.payload))).toBe(`${SERVER}:8080 > ${text(from)}`);
  });

  it('tells the server when a reply is too big for the way to the client', () => {
    const here = lab();
    here.tcp('S');
    const from = sourceOf(here);
    const answer = reply(here, from, {
      ip: { source: SERVER, destination: from.address, dontFragment: true },
      tcp: { source: 8080, destination: from.port, flags: 'A' },
      payload: 1461,
    });
    expect(answer.reason).toBe('too-big');
    const { out, frame } = only(answer);
    expect(out).toBe('eth1');
    expect(frame.get('ipv4')).toMatchObject({ source: from.address, destination: SERVER });
  });

  it('holds persistence, and its connections have sources of their own', () => {
    const persistence = { timeout: 300, netmask: '255.255.255.255' };
    const here = new MemoryLab()
      .apply(source())
      .serve(service(WEB, { persistence }), fullNat(SERVERS[0]), fullNat(SERVERS[1]));
    here.tcp('S', 1);
    here.tcp('S', 2);
    const entries = [...here.director.connections()];
    expect(new Set(entries.map(({ destination }) => destination.address)).size).toBe(1);
    expect(new Set(entries.filter(({ template }) => !template).map((one) => text(one.source!))).size).toBe(2);
  });

  it('does the same for IPv6', () => {
    const match = { protocol: 'udp', address: VIP6, port: 53 } as const;
    const here = new MemoryLab().apply(source(OWN6)).serve(service(match), fullNat(SERVER6, 5353));
    const request = here.fromClient({
      ip: { source: CLIENT6, destination: VIP6 },
      udp: { source: 9, destination: 53 },
    });
    const from = sourceOf(here);
    expect(ends(only(request).frame)).toBe(`${OWN6}:${from.port} > ${SERVER6}:5353`);
    const answer = reply(here, from, { udp: { source: 5353, destination: from.port } }, SERVER6);
    expect(ends(only(answer).frame)).toBe(`${VIP6}:53 > ${CLIENT6}:9`);
    expect(only(answer).out).toBe('eth0');
  });

  it('finds replies also to a source that is only routed to the director', () => {
    const here = lab(source('10.1.0.77'));
    here.tcp('S');
    const from = sourceOf(here);
    const answer = reply(here, from, { tcp: { source: 8080, destination: from.port, flags: 'SA' } });
    expect(answer.reason).toBe('reply-restored');
    expect(ends(only(answer).frame)).toBe(`${VIP}:80 > ${CLIENT}:40001`);
  });

  it('leaves to the stack what comes to a source and belongs to no connection', () => {
    const here = lab();
    const stray = reply(here, { address: OWN, port: 5000 }, { tcp: { source: 8080, destination: 5000, flags: 'A' } });
    expect(stray.reason).toBe('no-service');
  });
});

describe('full NAT is reversible', () => {
  it.each(['tcp', 'udp', 'sctp'] as const)('for %s: the reply shows the client what it sent to, sound', (name) => {
    const ports = fc.integer({ min: 21, max: 65_535 });
    fc.assert(
      fc.property(ports, ports, ports, fc.uint8Array({ maxLength: 100 }), (client, virtual, real, payload) => {
        const match = { protocol: name, address: VIP, port: virtual } as const;
        const here = new MemoryLab().apply(source(OWN, 1, 65_535)).serve(service(match), fullNat(SERVER, real));
        const body = name === 'sctp' ? { chunks: [{ type: 1, flags: 0, value: new Uint8Array(16) }] } : {};
        const request = here.fromClient({ [name]: { source: client, destination: virtual, ...body }, payload });
        const from = sourceOf(here);
        expect(ends(only(request).frame)).toBe(`${text(from)} > ${SERVER}:${real}`);

        const answer = reply(here, from, { [name]: { source: real, destination: from.port, ...body }, payload });

        expect(ends(only(answer).frame)).toBe(`${VIP}:${virtual} > ${CLIENT}:${client}`);
      }),
      { numRuns: 60 },
    );
  });

  it('and no wrong checksum becomes a right one by it', () => {
    const here = lab();
    const eth = { destination: '02:00:00:00:00:01' };
    const ip = { source: CLIENT, destination: VIP };
    const wrong = packet({ eth, ip, tcp: { source: 40_001, destination: 80, flags: 'S', checksum: 0x1234 } });
    const { frames } = here.director.receive(wrong, 'eth0');
    expect(frameFaults(parseFrame(frames[0]!.bytes))).not.toEqual([]);
  });
});
