import { describe, expect, it } from 'vitest';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service, VIP, WEB } from '../../test/support/memory-lab.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import type { Verdict } from './verdict.ts';

const BY_HASH = ['dh', 'sh', 'mh', 'maglev'];

interface Given {
  method?: 'route' | 'masquerade';
  persistent?: boolean;
  settings?: Record<string, number>;
}

/** A web service of three real servers, in front of a table that a datagram to another service has filled. */
function fullLab(scheduler: string, { method = 'route', persistent = false, settings = {} }: Given = {}): MemoryLab {
  const web = service(WEB, {
    scheduler,
    ...(persistent ? { persistence: { timeout: 60, netmask: '255.255.255.255' } } : {}),
  });
  const lab = new MemoryLab({ capacity: 1, settings })
    .serve(web, ...SERVERS.map((address) => server(address, 80, { method })))
    .serve(service(DNS), server(SERVERS[0], 53));
  expect(lab.fromClient({ udp: { source: 9000, destination: 53 } }).reason).toBe('masqueraded');
  return lab;
}

function whereTo({ frames }: Verdict): string[] {
  return frames.map(({ bytes }) => Buffer.from(bytes.subarray(0, 6)).toString('hex'));
}

describe('a full connection table', () => {
  it.each(BY_HASH)('%s finds the same real server for every packet of a connection', (scheduler) => {
    const lab = fullLab(scheduler);
    const packets = ['S', 'A', 'A', 'FA', 'R'].map((flags) => lab.tcp(flags));
    expect(packets.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => 'stateless'));
    expect(new Set(packets.flatMap(whereTo)).size).toBe(1);
    expect(lab.connections()).toHaveLength(1);
  });

  it.each(BY_HASH)('%s chooses as it does with room in the table', (scheduler) => {
    const roomy = new MemoryLab().serve(
      service(WEB, { scheduler }),
      ...SERVERS.map((address) => server(address, 80, { method: 'route' })),
    );
    const full = fullLab(scheduler);
    for (let port = 1024; port < 1074; port++)
      expect(whereTo(full.tcp('S', port))).toEqual(whereTo(roomy.tcp('S', port)));
  });

  it('counts packets and bytes, and no connection and no load', () => {
    const lab = fullLab('sh');
    lab.tcp('S');
    lab.tcp('A');
    const web = lab.director.statistics(WEB);
    expect(web?.counters).toMatchObject({ connections: 0n, inPackets: 2n });
    expect(web?.destinations.map(({ active, inactive }) => active + inactive)).toEqual([0, 0, 0]);
  });

  it.each([
    ['a scheduler that goes by what it remembers', fullLab('rr')],
    ['masquerading', fullLab('sh', { method: 'masquerade' })],
    ['persistence', fullLab('sh', { persistent: true })],
  ])('drops what starts a connection, and leaves the rest to the stack, with %s', (_what, lab) => {
    expect(lab.tcp('S').reason).toBe('table-full');
    expect(lab.tcp('A').reason).toBe('not-syn');
  });

  it('takes a connection in as soon as there is room', () => {
    const lab = fullLab('sh');
    expect([lab.tcp('S').reason, lab.tcp('A').reason]).toEqual(['stateless', 'stateless']);
    lab.wait(400);
    expect(lab.tcp('A').reason).toBe('routed');
    expect(lab.connections()[0]).toMatch(/^ESTABLISHED/);
  });

  it('looks for such connections as long after as an established one may be silent, and no longer', () => {
    const lab = fullLab('sh');
    lab.tcp('S');
    expect(lab.wait(899).tcp('A', 40_002).reason).toBe('routed');
    expect(lab.wait(1).tcp('A', 40_003).reason).toBe('not-syn');
  });

  it('never takes packets for such connections when the table has never been full', () => {
    const lab = new MemoryLab().serve(service(WEB, { scheduler: 'sh' }), server(SERVERS[0], 80, { method: 'route' }));
    expect(lab.tcp('A').reason).toBe('not-syn');
  });
});

/** A client's complaint about what it got from the web service: it is too long for the way there. */
function complaint(port: number, given: PacketSpec['icmp'] = { type: 3, code: 4, rest: 1300 }): PacketSpec {
  const quoted = packet({ ip: { source: VIP, destination: CLIENT }, tcp: { source: 80, destination: port } });
  return { icmp: given, payload: quoted };
}

/** The same, and a connection from port 40001 has found it full. */
function crowdedLab(scheduler: string, given: Given = {}): MemoryLab {
  const lab = fullLab(scheduler, given);
  lab.tcp('S');
  return lab;
}

describe('an ICMP error about a connection that had no room in the table', () => {
  it.each(BY_HASH)('%s finds the real server of the connection for it', (scheduler) => {
    const lab = crowdedLab(scheduler);
    for (let port = 1024; port < 1044; port++) {
      const { reason, frames } = lab.fromClient(complaint(port));
      expect(reason).toBe('icmp-to-server');
      expect(frames.map(({ bytes }) => bytes.subarray(0, 6))).toEqual(
        lab.tcp('A', port).frames.map(({ bytes }) => bytes.subarray(0, 6)),
      );
    }
  });

  it('counts as a packet of the client, and makes no connection, even where there is room again', () => {
    const lab = crowdedLab('sh');
    expect(lab.fromClient(complaint(40_001)).reason).toBe('icmp-to-server');
    lab.wait(400);
    expect(lab.fromClient(complaint(40_001)).reason).toBe('icmp-to-server');
    expect(lab.connections()).toEqual([]);
    expect(lab.director.statistics(WEB)?.counters).toMatchObject({ connections: 0n, inPackets: 3n });
  });

  it('goes there with a wrong checksum as well, as nothing of it is changed', () => {
    expect(crowdedLab('sh').fromClient(complaint(40_001, { type: 3, code: 4, checksum: 1 })).reason).toBe(
      'icmp-to-server',
    );
  });

  it('goes there as well where errors make connections', () => {
    const lab = crowdedLab('sh', { settings: { schedule_icmp: 1 } });
    expect(lab.fromClient(complaint(40_001)).reason).toBe('icmp-to-server');
    expect(lab.wait(400).fromClient(complaint(40_001)).reason).toBe('icmp-to-server');
    expect(lab.connections()).toHaveLength(1);
  });

  it.each([
    ['a scheduler that goes by what it remembers', crowdedLab('rr')],
    ['masquerading', crowdedLab('sh', { method: 'masquerade' })],
    ['persistence', crowdedLab('sh', { persistent: true })],
    ['a table that has not been full for long', crowdedLab('sh').wait(900)],
  ])('is about none with %s', (_what, lab) => {
    expect(lab.fromClient(complaint(40_001)).reason).toBe('icmp-unrelated');
  });
});
