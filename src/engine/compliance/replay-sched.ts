import { compareRows, connRows } from './printed-table.ts';
import { IN_A_ROW } from './recorded-topology.ts';
import type { SchedEvent, SchedRecording } from './recording.ts';
import { SocketWorld, type Outcome } from './socket-world.ts';
import { onStage, type OpenStage, type Stage } from './stage.ts';

/** Seconds by which the times of two listings may differ: the recorder's own steps take up to one. */
const TOLERANCE = 2;

/**
 * Plays a recording of scheduling, with clients and servers in memory.
 * @returns what differs from the recording at which event; empty if nothing does
 */
export async function replaySched(recording: SchedRecording, open: OpenStage): Promise<string[]> {
  const { config, sysctls = {}, marks = [], listen, sctp = false } = recording;
  return await onStage(open, { surroundings: IN_A_ROW, marks, sysctls }, async (stage) => {
    await stage.configure(config);
    const world = new SocketWorld(stage, { listen, sctp });
    const differences: string[] = [];
    for (const event of recording.events) {
      await stage.wait(Math.max(event.t * 1000 - stage.now, 0));
      const found = await playEvent(stage, world, event);
      differences.push(...found.map((text) => `t ${event.t} ${event.op} ${event.id ?? event.args ?? ''}: ${text}`));
    }
    return differences;
  });
}

async function playEvent(stage: Stage, world: SocketWorld, event: SchedEvent): Promise<string[]> {
  const { op, id = 0, src = '', dst = '', args = '' } = event;
  switch (op) {
    case 'connect': {
      const outcome = await world.connect(id, src, dst);
      if (outcome.pick !== null && event.close !== undefined) world.close(id, event.close);
      return compareOutcome(event, outcome);
    }
    case 'send':
      return compareOutcome(event, world.send(src, dst, event.data ?? 'x', event.reply ?? false));
    case 'close':
      if (world.isOpen(id)) world.close(id, event.how ?? 'client-first');
      return [];
    case 'data': {
      const { arrived, clientError } = world.data(id, 'client');
      const same = arrived === event.arrived && clientError === event.client_error;
      const expected = `${event.arrived} ${event.client_error}`;
      return same ? [] : [`arrived, client's error: expected ${expected}, found ${arrived} ${clientError}`];
    }
    case 'ipvsadm': {
      const { exit, stderr } = await stage.ipvsadm(args);
      const same = exit === event.exit && stderr === (event.stderr ?? '');
      return same ? [] : [`expected exit ${event.exit}, found ${exit}: ${stderr}`];
    }
    case 'sysctl':
      await stage.sysctl(event.key ?? '', event.value ?? 0);
      return [];
    case 'snapshot':
      return compareSnapshot(stage, args, event.output ?? '');
    case 'wait':
      await stage.wait((event.seconds ?? 0) * 1000);
      return [];
    case 'transfer':
      return ['a transfer is not played'];
  }
}

function compareOutcome({ pick, error }: SchedEvent, found: Outcome): string[] {
  if (pick === found.pick && error === found.error) return [];
  return [`expected ${pick} ${error ?? ''}, found ${found.pick} ${found.error ?? ''}`];
}

/** Tables of connections in any order, everything else as it is printed, but for the size in the first line. */
async function compareSnapshot(stage: Stage, args: string, expected: string): Promise<string[]> {
  const { stdout } = await stage.ipvsadm(args);
  if (/(^| )-c( |$)/.test(args)) return compareRows(connRows(expected), connRows(stdout), TOLERANCE);
  const comparable = (text: string) => text.replace(/\(size=\d+\)/, '');
  return comparable(stdout) === comparable(expected) ? [] : [`expected\n${expected}\nfound\n${stdout}`];
}
