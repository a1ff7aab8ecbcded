import { packet, type PacketSpec } from '../../net/packet.ts';
import { SCTP_CHUNK } from '../../net/sctp.ts';
import { directorMac } from './recorded-topology.ts';
import type { ConnRecording } from './recording.ts';

/** Real servers that a step of `conn` names, in either family (recorder/frames.py). */
const SERVERS: Readonly<Record<string, readonly [inet: string, inet6: string]>> = {
  s: ['10.2.0.11', '2001:db8:b::11'],
  s2: ['10.2.0.12', '2001:db8:b::12'],
};

const CHUNKS: Readonly<Record<string, number>> = {
  INIT: SCTP_CHUNK.init,
  INIT_ACK: SCTP_CHUNK.initAck,
  COOKIE_ECHO: SCTP_CHUNK.cookieEcho,
  COOKIE_ACK: SCTP_CHUNK.cookieAck,
  DATA: SCTP_CHUNK.data,
  SACK: SCTP_CHUNK.sack,
  SHUTDOWN: SCTP_CHUNK.shutdown,
  SHUTDOWN_ACK: SCTP_CHUNK.shutdownAck,
  SHUTDOWN_COMPLETE: SCTP_CHUNK.shutdownComplete,
  ABORT: SCTP_CHUNK.abort,
  HEARTBEAT: SCTP_CHUNK.heartbeat,
};

/**
 * The frame of a step of `conn`: `c:SA` a segment from the client, `s:udp` a datagram of the first real server, `s2:FA` a segment
 * of the second, `c:sctp:INIT` an SCTP packet with that chunk, `c:text:...` a datagram with that payload.
 * @param port the client's
 * @returns the interface it arrives on and its bytes
 */
export function craftedFrame(
  recording: ConnRecording,
  step: string,
  port: number,
): { arrives: 'eth0' | 'eth1'; frame: Uint8Array } {
  const { client = '', vip = '', vport = 80, rport = vport } = recording;
  const colon = step.indexOf(':');
  const server = SERVERS[step.slice(0, colon)]?.[vip.includes(':') ? 1 : 0];
  const arrives = server === undefined ? 'eth0' : 'eth1';
  const ip = server === undefined ? { source: client, destination: vip } : { source: server, destination: client };
  const ports = server === undefined ? { source: port, destination: vport } : { source: rport, destination: port };
  const eth = { destination: directorMac(arrives) };
  return { arrives, frame: packet({ eth, ip, ...transport(step.slice(colon + 1), ports) }) };
}

function transport(what: string, ports: { source: number; destination: number }): PacketSpec {
  if (what === 'udp') return { udp: ports, payload: 'x' };
  if (what.startsWith('text:')) return { udp: ports, payload: what.slice('text:'.length).replaceAll('\\n', '\r\n') };
  if (!what.startsWith('sctp:')) return { tcp: { ...ports, flags: what, sequence: 1000, acknowledgement: 1000 } };
  const type = CHUNKS[what.slice('sctp:'.length)]!;
  return { sctp: { ...ports, chunks: [{ type, flags: 0, value: new Uint8Array(16) }] } };
}
