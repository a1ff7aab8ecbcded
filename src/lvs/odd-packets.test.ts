import { describe, expect, it } from 'vitest';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service, VIP } from '../../test/support/memory-lab.ts';
import { concatBytes, setU16 } from '../net/bytes.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import { nextSctpState } from './sctp-state.ts';
import { sealIpv4 } from './packet.ts';

const SERVER = SERVERS[0];
const ETHERNET = packet({ eth: { destination: '02:00:00:00:00:01' }, ip: {} }).subarray(0, 14);

function dns(): MemoryLab {
  return new MemoryLab().serve(service(DNS), server(SERVER, 53), server(SERVERS[1], 53));
}

/** The packet, which says that it ends so many bytes behind its IP header, as it does. */
function cut(spec: PacketSpec, length: number): Uint8Array {
  const bytes = packet(spec).slice(0, 20 + length);
  setU16(bytes, 2, bytes.length);
  sealIpv4({ family: 'inet', bytes });
  return concatBytes(ETHERNET, bytes);
}

describe('ICMP that ends too soon', () => {
  const quoted = packet({ ip: { source: VIP, destination: CLIENT }, udp: { source: 53, destination: 4000 } });
  const error: PacketSpec = { ip: { source: CLIENT, destination: VIP }, icmp: { type: 3, code: 3 }, payload: quoted };

  it('is dropped where its own header is not whole', () => {
    expect(dns().director.receive(cut(error, 7), 'eth0').reason).toBe('truncated');
    expect(dns().director.receive(cut(error, 8), 'eth0').reason).toBe('icmp-unrelated');
  });

  it('is dropped for want of ports only where it would be scheduled', () => {
    const scheduling = dns();
    scheduling.apply({ do: 'set-settings', settings: { schedule_icmp: 1 } });
    expect(scheduling.director.receive(cut(error, 28 + 3), 'eth0').reason).toBe('truncated');
    expect(dns().director.receive(cut(error, 28 + 3), 'eth0').reason).toBe('icmp-unrelated');
  });
});

it('by port 0 of a client nothing is found again', () => {
  const here = dns();
  const macs = [1, 2].map(
    (payload) => here.fromClient({ udp: { source: 0, destination: 53 }, payload }).frames[0]!.bytes[5],
  );
  expect(new Set(macs).size).toBe(2);
  expect(here.connections()).toHaveLength(2);
});

it('a tag of VLAN 0 is taken off, and no other', () => {
  const reasons = [0, 1].map((id) => {
    const eth = { destination: '02:00:00:00:00:01' };
    const spec = {
      eth,
      vlan: { id, priority: 5 },
      ip: { source: CLIENT, destination: VIP },
      udp: { source: 4000, destination: 53 },
    };
    return dns().director.receive(packet(spec), 'eth0').reason;
  });
  expect(reasons).toEqual(['masqueraded', 'not-ip']);
});

describe('a fragment of IPv6', () => {
  const ip = { source: '2001:db8:a::10', destination: '2001:db8:b::11' };
  const six = { protocol: 'udp', address: '2001:db8:9::9', port: 53 } as const;

  /** With data of so many bytes, past the director. */
  function fragment(
    identification: number,
    fragmentOffset: number,
    moreFragments: boolean,
    length: number,
  ): Uint8Array {
    const header = { identification, fragmentOffset, moreFragments, nextHeader: 17 };
    return packet({ eth: { destination: '02:00:00:00:00:01' }, ip, fragment: header, payload: length });
  }

  it('of no whole units passes as it is, and the rest of its packet waits in vain', () => {
    const here = new MemoryLab().serve(service(six), server('2001:db8:b::11', 53));
    const frames = [
      fragment(1, 0, true, 64),
      fragment(1, 64, true, 61),
      fragment(1, 64, false, 8),
      fragment(2, 0, true, 64),
      fragment(2, 64, false, 8),
    ].map((frame) => here.director.receive(frame, 'eth0').frames.length);
    expect(frames).toEqual([0, 1, 0, 0, 2]);
  });
});

it('an ABORT after a rejection closes the connection of SCTP', () => {
  const abort = 6;
  expect(nextSctpState('INIT1', 'output', abort)).toBe('REJECTED');
  expect(nextSctpState('REJECTED', 'output', abort)).toBe('CLOSED');
});

describe('an ICMPv6 error', () => {
  it('whose quote is no IPv6 by its version belongs to no connection', () => {
    const [client, vip] = ['2001:db8:a::10', '2001:db8:9::9'];
    const match = { protocol: 'udp', address: vip, port: 53 } as const;
    const lab = new MemoryLab().serve(service(match), server('2001:db8:b::11', 53));
    const asked = { ip: { source: client, destination: vip }, udp: { source: 4000, destination: 53 } };
    expect(lab.fromClient(asked).reason).toBe('masqueraded');
    const quoted = packet({ ip: { source: vip, destination: client }, udp: { source: 53, destination: 4000 } });
    const reasons = [6, 0].map((version) => {
      quoted[0] = version << 4;
      const error = { ip: { source: client, destination: vip }, icmpv6: { type: 1, code: 4 }, payload: quoted };
      return lab.fromClient(error).reason;
    });
    expect(reasons).toEqual(['icmp-to-server', 'icmp-unrelated']);
  });
});
