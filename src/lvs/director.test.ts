import { describe, expect, it } from 'vitest';
import { DNS, MemoryLab, server, SERVERS, service, VIP, WEB } from '../../test/support/memory-lab.ts';
import { frameText } from '../net/frame-text.ts';
import { parseFrame } from '../net/frame.ts';
import type { Verdict } from './verdict.ts';

const [FIRST, SECOND] = SERVERS;

function framesOf({ frames }: Verdict): string[] {
  return frames.map(({ interface: name, bytes }) => `${name}: ${frameText(parseFrame(bytes)).replace(/^.*? \/ /, '')}`);
}

function open(lab: MemoryLab, port = 40_001): void {
  lab.tcp('S', port);
  lab.fromServer(FIRST, { tcp: { source: 8080, destination: port, flags: 'SA' } });
  lab.tcp('A', port);
}

describe('a verdict', () => {
  it('tells the decisions of the way in order', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 8080), server(SECOND, 8080, { weight: 0 }));

    const { action, reason, decisions } = lab.tcp('S');

    expect([action, reason]).toEqual(['forward', 'masqueraded']);
    expect(decisions.map(({ kind }) => kind)).toEqual([
      'connection',
      'service',
      'candidates',
      'choice',
      'state',
      'route',
      'rewrite',
      'rewrite',
    ]);
    expect(decisions).toContainEqual({
      kind: 'candidates',
      scheduler: 'rr',
      candidates: [
        { address: SECOND, port: 8080, weight: 0, active: 0, inactive: 0, passedOver: 'weight-zero' },
        { address: FIRST, port: 8080, weight: 1, active: 0, inactive: 0 },
      ],
    });
  });

  it('counts every packet under one reason', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 80));
    lab.tcp('S');
    lab.tcp('A');
    lab.fromClient({ icmp: { type: 'echoRequest' } });
    expect([...lab.director.reasons]).toEqual([
      ['masqueraded', 2n],
      ['icmp-query', 1n],
    ]);
  });

  it('refuses a client when nobody can serve it, TCP too', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 80, { weight: 0 }));
    const verdict = lab.tcp('S');
    expect([verdict.action, verdict.reason]).toEqual(['drop', 'no-destination']);
    expect(verdict.decisions).toContainEqual({ kind: 'no-choice', why: 'all-weights-zero' });
    expect(framesOf(verdict)[0]).toContain(`${VIP} > 10.1.0.10`);
  });

  it('says when the connection table is full', () => {
    const lab = new MemoryLab({ capacity: 1 }).serve(service(WEB), server(FIRST, 80));
    lab.tcp('S', 1);
    expect(lab.tcp('S', 2).reason).toBe('table-full');
    expect(lab.tcp('A', 1).reason).toBe('masqueraded');
  });

  it('does not change the frame it was given', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 80));
    const frame = new Uint8Array(60).fill(7);
    lab.director.receive(frame, 'eth0');
    expect(frame).toEqual(new Uint8Array(60).fill(7));
  });
});

describe('forwarding methods', () => {
  it('masquerading shows the client only the virtual address', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 8080));
    const request = lab.tcp('S');
    const reply = lab.fromServer(FIRST, { tcp: { source: 8080, destination: 40_001, flags: 'SA' } });
    expect(framesOf(request)).toEqual([`eth1: 10.1.0.10 > ${FIRST} ttl 63 / tcp 40001 > 8080 S seq 0`]);
    expect(framesOf(reply)).toEqual([`eth0: ${VIP} > 10.1.0.10 ttl 63 / tcp 80 > 40001 SA seq 0`]);
  });

  it('direct routing changes the Ethernet address and the TTL alone', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 80, { method: 'route' }));
    const verdict = lab.tcp('S');
    expect(framesOf(verdict)).toEqual([`eth1: 10.1.0.10 > ${VIP} ttl 63 / tcp 40001 > 80 S seq 0`]);
    expect(parseFrame(verdict.frames[0]!.bytes).get('ethernet').destination).toBe('02:00:00:00:0d:11');
  });

  it('tunnelling puts the packet into another one', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 80, { method: 'tunnel' }));
    expect(framesOf(lab.tcp('S'))[0]).toContain(`10.2.0.1 > ${FIRST} ttl 63 / 10.1.0.10 > ${VIP} ttl 63`);
  });

  it('a server that is the director itself gets the packet from its stack', () => {
    const lab = new MemoryLab().serve(service(WEB), server('10.2.0.1', 8080));
    const verdict = lab.tcp('S');
    expect([verdict.action, verdict.reason]).toEqual(['pass', 'local-server']);
    expect(framesOf(verdict)[0]).toContain(`${VIP} > 10.1.0.10 ttl 64 df / tcp 80 > 40001 RA`);
  });
});

describe('connections', () => {
  it('end when nothing comes for as long as their state allows', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 8080));
    open(lab);
    expect(lab.wait(899).connections()).toEqual([`ESTABLISHED 10.1.0.10:40001 > ${FIRST}:8080`]);
    lab.tcp('A');
    expect(lab.wait(899).connections()).toHaveLength(1);
    expect(lab.wait(2).connections()).toEqual([]);
    expect(lab.director.statistics(WEB)?.destinations[0]).toMatchObject({ active: 0, inactive: 0 });
  });

  it('follow --set with their next packet', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 8080));
    open(lab);
    lab.apply({ do: 'set-timeouts', timeouts: { tcp: 5, tcpFin: 0, udp: 0 } });
    expect(lab.wait(60).connections()).toHaveLength(1);
    lab.tcp('A');
    expect(lab.wait(6).connections()).toEqual([]);
  });

  it('come back to life when their deleted server is added again', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 8080), server(SECOND, 8080, { weight: 0 }));
    open(lab);
    lab.apply({ do: 'delete-destination', match: WEB, destination: { address: FIRST, port: 8080 } });
    expect(lab.tcp('A').reason).toBe('destination-gone');
    lab.apply({ do: 'add-destination', match: WEB, destination: server(FIRST, 8080) });
    expect(lab.tcp('A').reason).toBe('masqueraded');
  });

  it('of a deleted server end at once with expire_nodest_conn', () => {
    const lab = new MemoryLab({ settings: { expire_nodest_conn: 1 } }).serve(service(WEB), server(FIRST, 8080));
    open(lab);
    lab.apply({ do: 'delete-destination', match: WEB, destination: { address: FIRST, port: 8080 } });
    expect(lab.connections()).toEqual([]);
  });

  it('of a deleted server take their template with them', () => {
    const persistence = { timeout: 100, netmask: '255.255.255.255' };
    const lab = new MemoryLab({ settings: { expire_nodest_conn: 1 } }).serve(
      service(WEB, { persistence }),
      server(FIRST, 8080),
    );
    open(lab);
    lab.apply({ do: 'delete-destination', match: WEB, destination: { address: FIRST, port: 8080 } });
    expect(lab.connections()).toEqual([]);
  });

  it('that look unfinished are dropped by drop_entry', () => {
    const lab = new MemoryLab({ settings: { drop_entry: 3 } }).serve(service(WEB), server(FIRST, 8080));
    lab.tcp('S', 1);
    open(lab, 2);
    expect(lab.wait(1).connections()).toEqual([`ESTABLISHED 10.1.0.10:2 > ${FIRST}:8080`]);
  });
});

describe('persistence', () => {
  const persistent = service(WEB, { persistence: { timeout: 10, netmask: '255.255.255.255' } });

  it('keeps a client at its server as long as it comes back in time', () => {
    const lab = new MemoryLab().serve(persistent, server(FIRST, 80), server(SECOND, 80));
    lab.tcp('S', 1);
    lab.wait(9).tcp('S', 2);
    lab.wait(9).tcp('S', 3);
    expect(lab.connections()).toContain(`NONE 10.1.0.10:0 > ${SECOND}:80`);
    expect(lab.connections().filter((text) => text.endsWith(`${SECOND}:80`))).toHaveLength(4);
    expect(lab.director.statistics(WEB)?.destinations[0]).toMatchObject({ active: 3, persistent: 1 });
  });

  it('extends a template by a minute while it controls connections', () => {
    const lab = new MemoryLab().serve(persistent, server(FIRST, 8080));
    open(lab);
    expect(lab.wait(200).connections()).toContain(`ASSURED 10.1.0.10:0 > ${FIRST}:8080`);
  });
});

describe('the director itself', () => {
  it('leaves to its stack what is no service, and says which', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 80));
    expect(lab.fromClient({ tcp: { destination: 81 } }).reason).toBe('no-service');
    expect(lab.tcp('A').reason).toBe('not-syn');
    expect(lab.fromClient({ tcp: { source: 20, destination: 80 } }).reason).toBe('source-port-20');
    expect(new MemoryLab().tcp('S').reason).toBe('balancing-off');
  });

  it('schedules datagrams one by one with one-packet scheduling', () => {
    const lab = new MemoryLab().serve(service(DNS, { onePacket: true }), server(FIRST, 53), server(SECOND, 53));
    const targets = [1, 2, 3].map(() => framesOf(lab.fromClient({ udp: { destination: 53 } }))[0]);
    expect(targets.map((text) => text?.includes(SECOND))).toEqual([true, false, true]);
    expect(lab.connections()).toEqual([]);
  });

  it('shows rates as the kernel smooths them', () => {
    const lab = new MemoryLab().serve(service(DNS), server(FIRST, 53));
    for (let datagram = 0; datagram < 80; datagram++) lab.fromClient({ udp: { destination: 53 } });
    lab.wait(2);
    expect(lab.director.statistics(DNS)?.rates).toMatchObject({ inPackets: 10, inBytes: 280 });
    lab.wait(2);
    expect(lab.director.statistics(DNS)?.rates.inPackets).toBe(7);
  });

  it('zeroes counters without touching connections', () => {
    const lab = new MemoryLab().serve(service(WEB), server(FIRST, 8080));
    open(lab);
    lab.director.roster.zero();
    expect(lab.director.statistics(WEB)?.counters.inPackets).toBe(0n);
    lab.tcp('A');
    expect(lab.director.statistics(WEB)?.counters).toMatchObject({ connections: 0n, inPackets: 1n });
    expect(lab.connections()).toHaveLength(1);
  });

  it('refuses settings that do not exist', () => {
    expect(() => new MemoryLab({ settings: { nonsense: 1 } })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', errno: 'ENOENT' }),
    );
  });
});
