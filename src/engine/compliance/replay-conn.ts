import { craftedFrame } from './crafted.ts';
import { compareRows, connRows } from './printed-table.ts';
import { IN_A_ROW, TWO_SIDES } from './recorded-topology.ts';
import type { ConnRecording, ConnStep } from './recording.ts';
import { SocketWorld } from './socket-world.ts';
import { onStage, type OpenStage, type Stage } from './stage.ts';

/** Milliseconds that a frame and the listings after it take the recorder. */
const PER_STEP = 60;

/**
 * Plays a recording of connection states.
 * @returns what differs from the recording after which step; empty if nothing does
 */
export async function replayConn(recording: ConnRecording, open: OpenStage): Promise<string[]> {
  const { config, sysctls = {}, marks = [], method } = recording;
  const surroundings = method === 'frames' ? TWO_SIDES : IN_A_ROW;
  return await onStage(open, { surroundings, marks, sysctls }, async (stage) => {
    await stage.configure(config);
    return method === 'frames' ? await playTrials(stage, recording) : await playSockets(stage, recording);
  });
}

async function playTrials(stage: Stage, recording: ConnRecording): Promise<string[]> {
  const differences: string[] = [];
  for (const { port, steps } of recording.trials) {
    for (const [index, step] of steps.entries()) {
      const forwarded = await playStep(stage, recording, step, port);
      const found = await compareState(stage, recording, step, port);
      if (step.forwarded !== undefined && step.forwarded.join() !== forwarded.join())
        found.unshift(`forwarded to [${step.forwarded.join()}], found [${forwarded.join()}]`);
      differences.push(...found.map((text) => `port ${port} step ${index} ${step.do}: ${text}`));
    }
  }
  return differences;
}

/** @returns the interfaces on which frames left */
async function playStep(stage: Stage, recording: ConnRecording, step: ConnStep, port: number): Promise<string[]> {
  const [kind, argument] = splitAt(step.do, ':');
  switch (kind) {
    case 'wait':
      await stage.wait(Number(argument) * 1000);
      return [];
    case 'adm':
      await stage.ipvsadm(argument);
      return [];
    case 'sysctl': {
      const [name, value] = splitAt(argument, '=');
      await stage.sysctl(name, Number(value));
      return [];
    }
    default: {
      await stage.wait(PER_STEP);
      const { arrives, frame } = craftedFrame(recording, step.do, port);
      return stage.receive(arrives, frame).frames.map((out) => out.interface);
    }
  }
}

async function playSockets(stage: Stage, recording: ConnRecording): Promise<string[]> {
  const world = new SocketWorld(stage, { listen: ['192.168.1.11:80'] });
  const differences: string[] = [];
  for (const step of recording.trials[0]?.steps ?? []) {
    const [kind, argument] = splitAt(step.do, ':');
    const side = argument === 'c' ? 'client' : 'server';
    if (kind === 'open') {
      const { pick, error } = await world.connect(1, '203.0.113.1:40001', '10.0.0.10:80');
      if ((pick ?? error) !== step.result) differences.push(`open: expected ${step.result}, found ${pick ?? error}`);
    } else if (kind === 'rst') world.reset(1, side);
    else if (kind === 'shut') world.shut(1, side);
    else if (kind === 'data') world.data(1, side);
    await stage.wait(kind === 'idle' ? Number(argument) * 1000 : 100);
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
  const counts = (await stage.loads()).map(({ active, inactive }) => `${active}/${inactive}`).sort();
  const expected = (step.dests ?? []).map(({ active, inactive }) => `${active}/${inactive}`).sort();
  const same = counts.join() === expected.join();
  return [
    ...compareRows(step.conn, rows),
    ...(same ? [] : [`active/inactive expected ${expected.join()}, found ${counts.join()}`]),
  ];
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
