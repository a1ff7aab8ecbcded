import { expect, it } from 'vitest';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service } from '../../../test/support/memory-lab.ts';
import { concatBytes } from '../../net/bytes.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { packet, type PacketSpec } from '../../net/packet.ts';
import { fragmentsFor } from '../fragmentation.ts';
import { ownPacket } from '../packet.ts';
import type { Verdict } from '../verdict.ts';

const SERVER = SERVERS[0];
const ip = { source: SERVER, destination: CLIENT };

/** What a real server sends to the client in fragments of at most 600 bytes, after the client has asked. */
function replyInFragments(port: number, spec: PacketSpec): Verdict[] {
  const here = new MemoryLab().serve(service({ ...DNS, port }), server(SERVER, port));
  here.fromClient({ udp: { source: port, destination: port } });
  const ethernet = packet({ eth: { destination: '02:00:00:00:00:02' }, ip }).subarray(0, 14);
  return fragmentsFor(ownPacket(packet(spec)), 600, 7).map((piece) =>
    here.director.receive(concatBytes(ethernet, piece), 'eth1'),
  );
}

it('each fragment of a reply has to outlive the director, and the server is told with the first', () => {
  const spec = { ip: { ...ip, ttl: 1 }, udp: { source: 53, destination: 53 }, payload: 1000 };
  const verdicts = replyInFragments(53, spec);
  expect(verdicts.map(({ reason, frames }) => `${reason} ${frames.length}`)).toEqual([
    'ttl-expired 1',
    'ttl-expired 0',
  ]);
});

it('fragments of a reply are put together, but those of ESP pass one by one', () => {
  const udp = replyInFragments(53, { ip, udp: { source: 53, destination: 53 }, payload: 1000 });
  expect(udp.map(({ frames }) => frames.length)).toEqual([0, 2]);
  const esp = replyInFragments(500, { ip: { ...ip, protocol: IP_PROTOCOL.esp }, payload: 1000 });
  expect(esp.map(({ reason, frames }) => `${reason} ${frames.length}`)).toEqual([
    'reply-restored 1',
    'reply-restored 1',
  ]);
});
