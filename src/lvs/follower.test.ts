import { describe, expect, it } from 'vitest';
import { CLIENT, MemoryLab, server, SERVERS, service, VIP } from '../../test/support/memory-lab.ts';
import { parseFrame } from '../net/frame.ts';
import { frameFaults } from '../net/frame-faults.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { ForwardingMethod, ServiceMatch } from './service.ts';
import type { Verdict } from './verdict.ts';

const ISAKMP: ServiceMatch = { protocol: 'udp', address: VIP, port: 500 };
const SERVER = SERVERS[0];

function lab(method: ForwardingMethod = 'masquerade', settings: Record<string, number> = {}): MemoryLab {
  return new MemoryLab({ settings }).serve(service(ISAKMP), server(SERVER, 500, { method }));
}

/** The client's IKE, which is the connection that all else follows. */
function negotiate(here: MemoryLab): MemoryLab {
  here.fromClient({ udp: { source: 500, destination: 500 }, payload: 'hi' });
  return here;
}

const request = (protocol: number) => ({ ip: { source: CLIENT, destination: VIP, protocol }, payload: 20 });
const reply = (protocol: number) => ({ ip: { source: SERVER, destination: CLIENT, protocol }, payload: 20 });

function only({ frames }: Verdict) {
  expect(frames).toHaveLength(1);
  const frame = parseFrame(frames[0]!.bytes);
  expect(frameFaults(frame)).toEqual([]);
  return frame;
}

describe.each([
  ['ESP', IP_PROTOCOL.esp],
  ['AH', IP_PROTOCOL.authentication],
])('%s', (_name, protocol) => {
  it('follows the connection of UDP port 500 between the same hosts, in both directions', () => {
    const here = negotiate(lab());
    const there = here.fromClient(request(protocol));
    const back = here.fromServer(SERVER, reply(protocol));
    expect([there.reason, back.reason]).toEqual(['masqueraded', 'reply-restored']);
    expect(only(there).get('ipv4')).toMatchObject({ source: CLIENT, destination: SERVER, ttl: 63, protocol });
    expect(only(back).get('ipv4')).toMatchObject({ source: VIP, destination: CLIENT, ttl: 63, protocol });
  });

  it('starts no connection', () => {
    const here = lab();
    expect(here.fromClient(request(protocol)).reason).toBe('no-service');
    expect(here.connections()).toEqual([]);
  });

  it('keeps its connection alive, with the timeout that it had', () => {
    const here = negotiate(lab()).apply({ do: 'set-timeouts', timeouts: { tcp: 0, tcpFin: 0, udp: 20 } });
    here.wait(200).fromClient(request(protocol));
    expect(here.wait(200).connections()).toHaveLength(1);
    expect(here.wait(101).connections()).toEqual([]);
  });

  it('is no stray reply where it belongs to no connection', () => {
    const here = lab('masquerade', { nat_icmp_send: 1 });
    expect(here.fromServer(SERVER, reply(protocol)).reason).toBe('no-service');
  });
});

describe('an ICMP error about ESP', () => {
  it('of a client goes to the real server, and of what it quotes only the address changes', () => {
    const here = negotiate(lab());
    const back = here.fromServer(SERVER, reply(IP_PROTOCOL.esp)).frames[0]!.bytes.subarray(14);
    const error = here.fromClient({
      icmp: { type: 'destinationUnreachable', code: 'fragmentationNeeded', mtu: 1400 },
      payload: back,
    });
    expect(error.reason).toBe('icmp-to-server');
    const quoted = only(error).payload;
    expect([...quoted.subarray(12, 16)], 'the address of the real server').toEqual([10, 2, 0, 11]);
    expect(quoted.subarray(20), 'what ESP says').toEqual(back.subarray(20));
  });
});

describe('AH over IPv6', () => {
  const VIP6 = '2001:db8:9::9';
  const ip = { source: '2001:db8:a::10', destination: VIP6 };
  const extensions = [{ kind: IP_PROTOCOL.authentication, data: new Uint8Array(22) }];

  it('is a header before the transport, which is balanced', () => {
    const here = new MemoryLab().serve(
      service({ protocol: 'udp', address: VIP6, port: 53 }),
      server('2001:db8:b::11', 53, { method: 'route' }),
    );
    const verdict = here.fromClient({ ip, extensions, udp: { source: 9, destination: 53 } });
    expect(verdict.reason).toBe('routed');
  });

  it('is refused by the stack where no service takes the packet', () => {
    const here = new MemoryLab().serve(service({ protocol: 'udp', address: VIP6, port: 53 }));
    const verdict = here.fromClient({ ip, extensions, tcp: { destination: 80, flags: 'S' } });
    expect(verdict.reason).toBe('no-service');
    expect(only(verdict).get('icmpv6')).toMatchObject({ type: 4, code: 1, rest: 6 });
  });
});
