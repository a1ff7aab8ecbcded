import { packet, type PacketSpec } from '../../net/packet.ts';
import { SCTP_CHUNK } from '../../net/sctp.ts';
import { compareRows, connRows } from './printed-table.ts';
import { directorMac, IN_A_ROW, TWO_SIDES } from './recorded-topology.ts';
import type { ConnRecording, ConnStep } from './recording.ts';
import { SocketWorld } from './socket-world.ts';
import { Stage } from './stage.ts';

/** Milliseconds that a frame and the listings after it take the recorder. */
const PER_STEP = 60;

const SERVERS = { s: ['10.2.0.11', '2001:db8:b::11'], s2: ['10.2.0.12', '2001:db8:b::12'] } as const;

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
 * Plays a recording of connection states on the model.
 * @returns what differs from the recording after which step; empty if nothing does
 */
export async function replayConn(recording: ConnRecording): Promise<string[]> {
  return recording.method === 'sockets' ? replaySockets(recording) : replayFrames(recording);
}

async function replayFrames(recording: ConnRecording): Promise<string[]> {
  const { config, sysctls = {}, marks = [] } = recording;
  const stage = new Stage({ surroundings: TWO_SIDES, marks, sysctls });
  await stage.configure(config);
  const differences: string[] = [];
  for (const { port, steps } of recording.trials) {
    for (const [index, step] of steps.entries()) {
      const where = `port ${port} step ${index} ${step.do}`;
      const forwarded = await playStep(stage, recording, step, port);
      if (step.forwarded !== undefined && step.forwarded.join() !== forwarded.join()) {
        differences.push(`${where}: forwarded to [${step.forwarded.join()}], found [${forwarded.join()}]`);
      }
      differences.push(...(await compareState(stage, recording, step, port)).map((text) => `${where}: ${text}`));
    }
  }
  return differences;
}

/** @returns the interfaces on which frames left */
async function playStep(stage: Stage, recording: ConnRecording, step: ConnStep, port: number): Promise<string[]> {
  const [kind, argument] = splitAt(step.do, ':');
  switch (kind) {
    case 'wait':
      stage.wait(Number(argument) * 1000);
      return [];
    case 'adm':
      await stage.ipvsadm(argument);
      return [];
    case 'sysctl': {
      const [name, value] = splitAt(argument, '=');
      stage.sysctl(name, Number(value));
      return [];
    }
    default: {
      stage.wait(PER_STEP);
      const side = kind === 'c' ? 'eth0' : 'eth1';
      const { frames } = stage.receive(side, packet(crafted(recording, kind, argument, port)));
      return frames.map(({ interface: name }) => name);
    }
  }
}

/** The frame of `c:FLAGS`, `s:udp`, `s2:sctp:CHUNK` and so on. */
function crafted(recording: ConnRecording, kind: string, what: string, port: number): PacketSpec {
  const { client = '', vip = '', vport = 80, rport = vport } = recording;
  const fromClient = kind === 'c';
  const server = (kind === 's2' ? SERVERS.s2 : SERVERS.s)[vip.includes(':') ? 1 : 0];
  const ip = fromClient ? { source: client, destination: vip } : { source: server, destination: client };
  const ports = fromClient ? { source: port, destination: vport } : { source: rport, destination: port };
  const eth = { destination: directorMac(fromClient ? 'eth0' : 'eth1') };
  if (what === 'udp') return { eth, ip, udp: ports, payload: 'x' };
  if (what.startsWith('text:')) return { eth, ip, udp: ports, payload: what.slice(5).replaceAll('\\n', '\r\n') };
  if (what.startsWith('sctp:')) {
    const type = CHUNKS[what.slice(5)]!;
    return { eth, ip, sctp: { ...ports, chunks: [{ type, flags: 0, value: new Uint8Array(16) }] } };
  }
  return { eth, ip, tcp: { ...ports, flags: what, sequence: 1000, acknowledgement: 1000 } };
}

async function replaySockets(recording: ConnRecording): Promise<string[]> {
  const stage = new Stage({ surroundings: IN_A_ROW });
  await stage.configure(recording.config);
  const world = new SocketWorld(stage, { listen: ['192.168.1.11:80'] });
  const differences: string[] = [];
  for (const step of recording.trials[0]!.steps) {
    const [kind, argument] = splitAt(step.do, ':');
    const side = argument === 'c' ? 'client' : 'server';
    if (kind === 'open') {
      const { pick, error } = world.connect(1, '203.0.113.1:40001', '10.0.0.10:80');
      if ((pick ?? error) !== step.result) differences.push(`open: expected ${step.result}, found ${pick ?? error}`);
    } else if (kind === 'rst') world.reset(1, side);
    else if (kind === 'shut') world.shut(1, side);
    else if (kind === 'data') world.data(1, side);
    stage.wait(kind === 'idle' ? Number(argument) * 1000 : 100);
    differences.push(...(await compareState(stage, recording, step, 40001)).map((text) => `${step.do}: ${text}`));
  }
  return differences;
}

async function compareState(stage: Stage, recording: ConnRecording, step: ConnStep, port: number): Promise<string[]> {
  if (step.conn === undefined) return [];
  const listing = await stage.ipvsadm(`-L -n -c${recording.pe === true ? ' --persistent-conn' : ''}`);
  const rows = connRows(listing.stdout).filter(
    ({ source }) => recording.all_rows === true || source.endsWith(`:${port}`) || source.endsWith(':0'),
  );
  const destinations = (await stage.engine.statistics()).flatMap((service) => service.destinations);
  const counts = destinations.map(({ active, inactive }) => `${active}/${inactive}`).sort();
  const expected = (step.dests ?? []).map(({ active, inactive }) => `${active}/${inactive}`).sort();
  return [
    ...compareRows(step.conn, rows),
    ...(counts.join() === expected.join()
      ? []
      : [`active/inactive expected ${expected.join()}, found ${counts.join()}`]),
  ];
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
