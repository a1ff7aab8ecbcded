import { packet } from '../../../net/packet.ts';
import { directorMac } from '../recorded-topology.ts';
import type { ConnRecording } from '../recording.ts';

/** Real servers that a step of `conn` names (recorder/frames.py). */
const SERVERS: Readonly<Record<string, string>> = { s: '10.2.0.11', s2: '10.2.0.12' };

/**
 * The frame of a step of `conn`: `c:SA` a segment from the client, `s:udp` a datagram of the first real server, `s2:FA` a segment
 * of the second, `c:text:...` a datagram with that payload. IPv4, TCP and UDP.
 * @param port the client's
 * @returns the interface it arrives on and its bytes
 */
export function craftedFrame(
  recording: ConnRecording,
  step: string,
  port: number,
): { arrives: string; frame: Uint8Array } {
  const { client = '', vip = '', vport = 80, rport = vport } = recording;
  const colon = step.indexOf(':');
  const [who, what] = [step.slice(0, colon), step.slice(colon + 1)];
  const server = SERVERS[who];
  const arrives = server === undefined ? 'eth0' : 'eth1';
  const eth = { destination: directorMac(arrives) };
  const ip = server === undefined ? { source: client, destination: vip } : { source: server, destination: client };
  const ports = server === undefined ? { source: port, destination: vport } : { source: rport, destination: port };
  if (what === 'udp' || what.startsWith('text:')) {
    const payload = what === 'udp' ? 'x' : what.slice('text:'.length).replaceAll('\\n', '\r\n');
    return { arrives, frame: packet({ eth, ip, udp: ports, payload }) };
  }
  return {
    arrives,
    frame: packet({ eth, ip, tcp: { ...ports, flags: what, sequence: 1000, acknowledgement: 1000 } }),
  };
}
