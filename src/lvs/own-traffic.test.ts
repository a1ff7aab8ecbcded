import { describe, expect, it } from 'vitest';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service, VIP, WEB } from '../../test/support/memory-lab.ts';
import { frameFaults } from '../net/frame-faults.ts';
import { parseFrame, portsOf } from '../net/frame.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import type { OutgoingFrame, Verdict } from './verdict.ts';

const [SERVER] = SERVERS;
/** The director's own on the side of the servers. */
const OWN = '10.2.0.1';

/** A packet that a program of the director sends. */
function sent(lab: MemoryLab, spec: PacketSpec): Verdict {
  return lab.director.send(packet({ ip: { source: VIP, destination: VIP }, ...spec }));
}

function ends({ interface: out, bytes }: OutgoingFrame): string {
  const frame = parseFrame(bytes);
  expect(frameFaults(frame)).toEqual([]);
  const { source, destination, ttl } = frame.get('ipv4');
  const ports = portsOf(frame);
  return `${out}: ${source}:${ports?.source} > ${destination}:${ports?.destination} ttl ${ttl}`;
}

const outcome = ({ reason, frames }: Verdict) => [reason, ...frames.map(ends)];
const outPackets = (lab: MemoryLab) => lab.director.statistics(WEB)?.counters.outPackets;

describe('a client on the director itself', () => {
  const SYN = { tcp: { source: 40_001, destination: 80, flags: 'S' } };

  it('is masqueraded as any other, and gets the answer with the TTL it came with', () => {
    const lab = new MemoryLab().serve(service(WEB), server(SERVER, 8080));
    expect(outcome(sent(lab, SYN))).toEqual(['masqueraded', `eth1: ${VIP}:40001 > ${SERVER}:8080 ttl 63`]);

    const answer = {
      ip: { source: SERVER, destination: VIP },
      tcp: { source: 8080, destination: 40_001, flags: 'SA' },
    };
    const { reason, decisions } = lab.fromServer(SERVER, answer);

    expect(reason).toBe('reply-restored');
    expect(decisions.flatMap((one) => (one.kind === 'rewrite' ? [`${one.field} ${one.to}`] : []))).toEqual([
      `source ${VIP}:80`,
      // No program listens here: the stack refuses, and the refusal goes the way of every request.
      'ttl 63',
      `destination ${SERVER}:8080`,
    ]);
    expect(outPackets(lab)).toBe(1n);
  });

  it('is sent on by direct routing with the address that it has', () => {
    const lab = new MemoryLab().serve(service(WEB), server(SERVER, 80, { method: 'route' }));
    expect(outcome(sent(lab, SYN))).toEqual(['routed', `eth1: ${VIP}:40001 > ${VIP}:80 ttl 63`]);
  });

  it('by direct routing gets answers from the VIP, which the director has itself, if it asks from another address', () => {
    const lab = new MemoryLab().serve(service(WEB), server(SERVER, 80, { method: 'route' }));
    const asked = { ip: { source: OWN, destination: VIP }, ...SYN };
    const answer = { ip: { source: VIP, destination: OWN }, tcp: { source: 80, destination: 40_001, flags: 'SA' } };
    expect(lab.fromServer(SERVER, answer).reason, 'not awaited').toBe('martian-source');

    expect(outcome(sent(lab, asked))).toEqual(['routed', `eth1: ${OWN}:40001 > ${VIP}:80 ttl 63`]);
    expect(lab.fromServer(SERVER, answer).reason).toBe('reply-seen');
    expect(outPackets(lab)).toBe(1n);
  });

  it('is refused by the director where there is no real server, and nothing leaves', () => {
    const lab = new MemoryLab().serve(service(DNS));
    expect(outcome(sent(lab, { udp: { source: 40_001, destination: 53 } }))).toEqual(['no-destination']);
  });

  it('may have the director itself as real server', () => {
    const lab = new MemoryLab().serve(service(WEB), server(OWN, 8080));
    const { reason, frames } = sent(lab, SYN);
    expect([reason, frames]).toEqual(['local-server', []]);
    expect(outPackets(lab), 'its refusal').toBe(1n);
  });
});

describe('a real server that is the director itself', () => {
  it('by masquerading gets requests on its own address, and answers as the VIP; neither costs TTL', () => {
    const lab = new MemoryLab().serve(service(WEB), server(OWN, 8080));
    expect(outcome(lab.tcp('S'))).toEqual(['local-server', `eth0: ${VIP}:80 > ${CLIENT}:40001 ttl 64`]);
    expect([lab.connections(), outPackets(lab)]).toEqual([[`CLOSE ${CLIENT}:40001 > ${OWN}:8080`], 1n]);
  });

  it('by direct routing is seen to answer', () => {
    const lab = new MemoryLab().serve(service(WEB), server(OWN, 80, { method: 'route' }));
    expect(outcome(lab.tcp('S'))).toEqual(['local-server', `eth0: ${VIP}:80 > ${CLIENT}:40001 ttl 64`]);
    expect([lab.connections(), outPackets(lab)]).toEqual([[`CLOSE ${CLIENT}:40001 > ${OWN}:80`], 1n]);
  });

  it('answers nobody to whom no route leads', () => {
    const lab = new MemoryLab().serve(service(WEB), server(OWN, 8080));
    const asked = {
      ip: { source: '172.30.1.1', destination: VIP },
      tcp: { source: 40_001, destination: 80, flags: 'S' },
    };
    expect(outcome(lab.fromClient(asked))).toEqual(['local-server']);
    expect(outPackets(lab)).toBe(0n);
  });

  it('by full NAT answers the director, which is told that no route leads to the client: that answer is gone, uncounted', () => {
    const source = { address: OWN, firstPort: 5000, lastPort: 5003 };
    const lab = new MemoryLab()
      .apply({ do: 'set-source', source })
      .serve(service(WEB), server(OWN, 8080, { method: 'full-nat' }));
    const told: string[] = [];
    lab.director.observe({
      opened: () => {},
      closed: () => {},
      dropped: (reason, frame) => told.push(`${reason} ${parseFrame(frame).get('ipv4').source}`),
    });
    const asked = { tcp: { source: 40_001, destination: 80, flags: 'S' } };
    expect(outcome(lab.fromClient({ ip: { source: '172.30.1.1', destination: VIP }, ...asked }))).toEqual([
      'local-server',
    ]);
    expect([told, outPackets(lab)]).toEqual([[`no-route ${OWN}`], 0n]);

    expect(lab.fromClient(asked).frames.map(ends)).toEqual([`eth0: ${VIP}:80 > ${CLIENT}:40001 ttl 64`]);
    expect([told.length, outPackets(lab)]).toEqual([1, 1n]);
  });
});
