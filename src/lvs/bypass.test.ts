import { describe, expect, it } from 'vitest';
import { CLIENT, MemoryLab, server, SERVERS, service, SURROUNDINGS } from '../../test/support/memory-lab.ts';
import { parseFrame } from '../net/frame.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import type { MarkMatch } from './service.ts';
import type { Verdict } from './verdict.ts';

/** Where clients want to go; packets to it have the mark 7 and come to the director. */
const ORIGIN = '10.2.0.80';
const MARK: MarkMatch = { mark: 7, family: 'inet' };

/** A service of caches for what is addressed to others, of which none takes a connection. */
function cacheLab(
  settings: Record<string, number> = { cache_bypass: 1 },
  given: { onePacket?: boolean; marked?: number } = {},
): MemoryLab {
  const { marked, ...config } = given;
  return new MemoryLab({
    surroundings: {
      ...SURROUNDINGS,
      neighbours: [...SURROUNDINGS.neighbours, { dev: 'eth1', addr: ORIGIN, mac: '02:00:00:00:0d:80' }],
      deliveredMarks: [7],
    },
    mark: ({ destination, protocol }) => (destination === ORIGIN && (marked ?? protocol) === protocol ? 7 : 0),
    settings,
  }).serve(service(MARK, config), server(SERVERS[0], 0, { weight: 0 }));
}

function ask(lab: MemoryLab, spec: PacketSpec = { tcp: { source: 40_001, destination: 80, flags: 'S' } }): Verdict {
  return lab.fromClient({ ip: { source: CLIENT, destination: ORIGIN }, ...spec });
}

/** `eth1 02:00:00:00:0d:80 ttl 63` of every frame that leaves. */
function ways({ frames }: Verdict): string[] {
  return frames.map(({ interface: out, bytes }) => {
    const frame = parseFrame(bytes);
    return `${out} ${frame.get('ethernet').destination} ttl ${frame.get('ipv4').ttl}`;
  });
}

const PAST = ['eth1 02:00:00:00:0d:80 ttl 63'];

describe('cache_bypass', () => {
  it('sends what no real server takes on to where it was addressed, with a connection to nobody', () => {
    const lab = cacheLab();
    const verdict = ask(lab);
    expect([verdict.reason, ...ways(verdict)]).toEqual(['bypassed', ...PAST]);
    expect(lab.connections()).toEqual([`SYN_RECV ${CLIENT}:40001 > 0.0.0.0:0`]);
  });

  it('goes on so with that connection, also when a real server takes new ones', () => {
    const lab = cacheLab();
    ask(lab);
    lab.apply({ do: 'edit-destination', match: MARK, destination: server(SERVERS[0], 0, { weight: 1 }) });
    expect(ask(lab, { tcp: { source: 40_001, destination: 80, flags: 'A' } }).reason).toBe('bypassed');
    expect(ask(lab, { tcp: { source: 40_002, destination: 80, flags: 'S' } }).reason).toBe('masqueraded');
    expect(lab.connections()).toEqual([
      `ESTABLISHED ${CLIENT}:40001 > 0.0.0.0:0`,
      `SYN_RECV ${CLIENT}:40002 > ${SERVERS[0]}:80`,
    ]);
  });

  it('counts neither packets nor connections, as they are nobody’s', () => {
    const lab = cacheLab();
    ask(lab);
    expect(lab.director.statistics(MARK)?.counters).toMatchObject({ connections: 0n, inPackets: 0n });
  });

  it('follows what the other end answers', () => {
    const lab = cacheLab();
    ask(lab);
    const answer = {
      ip: { source: ORIGIN, destination: CLIENT },
      tcp: { source: 80, destination: 40_001, flags: 'RA' },
    };
    expect(lab.fromServer(ORIGIN, answer).reason).toBe('reply-seen');
    expect(lab.connections()).toEqual([`CLOSE ${CLIENT}:40001 > 0.0.0.0:0`]);
  });

  /** What a client says about an answer of the origin. */
  function tellOf(lab: MemoryLab, ttl = 64): Verdict {
    const quoted = packet({ ip: { source: ORIGIN, destination: CLIENT }, tcp: { source: 80, destination: 40_001 } });
    const ip = { source: CLIENT, destination: ORIGIN, ttl };
    return ask(lab, { ip, icmp: { type: 3, code: 4, rest: 1300 }, payload: quoted });
  }

  it('sends ICMP errors about the answers the same way', () => {
    const lab = cacheLab();
    ask(lab);
    const verdict = tellOf(lab);
    expect([verdict.reason, ...ways(verdict)]).toEqual(['bypassed', ...PAST]);
  });

  it('sees such an error where the stack forwards it, if only TCP has the mark: it loses two from its TTL', () => {
    const lab = cacheLab(undefined, { marked: IP_PROTOCOL.tcp });
    ask(lab);
    const verdict = tellOf(lab);
    expect([verdict.reason, ...ways(verdict)]).toEqual(['bypassed', 'eth1 02:00:00:00:0d:80 ttl 62']);
    expect(tellOf(lab, 2)).toMatchObject({ reason: 'ttl-expired', frames: [] });
  });

  it('of one-packet scheduling leaves nothing behind', () => {
    const lab = cacheLab(undefined, { onePacket: true });
    expect(ask(lab, { udp: { source: 5, destination: 53 } }).reason).toBe('bypassed');
    expect(lab.connections()).toEqual([]);
  });

  it('tells the client where the TTL ends, from the address that it asked', () => {
    const ip = { source: CLIENT, destination: ORIGIN, ttl: 1 };
    const { reason, frames } = ask(cacheLab(), { ip, tcp: { source: 40_001, destination: 80, flags: 'S' } });
    expect(reason).toBe('ttl-expired');
    expect(frames.map(({ bytes }) => parseFrame(bytes).get('ipv4').source)).toEqual([ORIGIN]);
  });

  it('switched off, the client is refused', () => {
    const lab = cacheLab({});
    expect(ask(lab).reason).toBe('no-destination');
    expect(lab.connections()).toEqual([]);
  });

  it('is for firewall marks, and for what is not addressed to the director itself', () => {
    const lab = new MemoryLab({ settings: { cache_bypass: 1 }, mark: () => 7 }).serve(service(MARK));
    expect(lab.tcp('S').reason).toBe('no-destination');
  });
});
