import { fromHex, toHex } from '../../net/bytes.ts';
import { compareFrames } from './compare-frames.ts';
import { compareLines, compareRows, connRows } from './printed-table.ts';
import type { WireFrame, WireRecording } from './recording.ts';
import { onStage, type OpenStage, type Stage } from './stage.ts';

/** Milliseconds from one frame to the next: the recorder waits until nothing more comes. */
const BETWEEN_FRAMES = 60;

/** What of a recording is compared; all of it where nothing is said. */
export interface Comparison {
  /** Which of the frames that left. */
  frames?: (frame: WireFrame) => boolean;
  /** How far times of connections may be from each other. */
  seconds?: number;
  /** What of the counters. */
  counts?: (text: string) => string;
}

/**
 * Plays a recording of frames.
 * @returns what differs from the recording: frames that left, commands, connections, counters; empty if nothing does
 */
export async function replayWire(
  recording: WireRecording,
  open: OpenStage,
  { frames: compares = () => true, seconds = 1, counts = (text) => text }: Comparison = {},
): Promise<string[]> {
  const { topology, config, sysctls = {}, marks = [] } = recording;
  const { ifaces: interfaces, sysctls: own, ...around } = topology;
  const surroundings = { interfaces, ...around, sysctls: own };
  return await onStage(open, { surroundings, marks, sysctls }, async (stage) => {
    await stage.configure(config);
    const found: WireFrame[] = [];
    const refused: string[] = [];
    const start = stage.now;
    for (const [after, step] of recording.in.entries()) {
      await stage.wait(step.at === undefined ? BETWEEN_FRAMES : Math.max(0, start + step.at - stage.now));
      if ('hex' in step) {
        const { frames } = stage.receive(step.iface, fromHex(step.hex));
        found.push(...frames.map(({ interface: iface, bytes }) => ({ iface, after, hex: toHex(bytes) })));
      } else if ('sysctl' in step) await stage.sysctl(...step.sysctl);
      else if ('ipvsadm' in step) refused.push(...(await command(stage, step, after)));
    }
    if (recording.until !== undefined) await stage.wait(Math.max(0, start + recording.until - stage.now));
    const { stdout: connections } = await stage.ipvsadm('-L -n -c');
    const { loads } = recording;
    const foundLoads = loads === undefined ? '' : (await stage.ipvsadm('-L -n')).stdout;
    const { stdout: stats } = await stage.ipvsadm('-L -n --stats --exact');
    return [
      ...compareFrames(recording.out.filter(compares), found.filter(compares)),
      ...refused,
      ...compareRows(connRows(recording.connections), connRows(connections), seconds),
      ...(loads === undefined ? [] : compareLines('list', loads, foundLoads)),
      ...compareLines('stats', counts(recording.stats), counts(stats)),
    ];
  });
}

async function command(
  stage: Stage,
  { ipvsadm, exit }: { ipvsadm: string; exit?: number },
  after: number,
): Promise<string[]> {
  if (exit === undefined) {
    await stage.configure([ipvsadm]);
    return [];
  }
  const found = (await stage.ipvsadm(ipvsadm)).exit;
  return found === exit ? [] : [`command ${after}, ${ipvsadm}: expected exit code ${exit}, found ${found}`];
}
