import { frameFaults } from '../../net/frame-faults.ts';
import { parseFrame } from '../../net/frame.ts';
import { fromHex, toHex } from '../../net/bytes.ts';
import { compareLines, compareRows, connRows } from './printed-table.ts';
import type { WireFrame, WireRecording } from './recording.ts';
import { Stage } from './stage.ts';

/** Milliseconds from one frame to the next: the recorder waits until nothing more comes. */
const BETWEEN_FRAMES = 60;

/**
 * Plays a recording of frames on the model.
 * @returns what differs from the recording: frames that left, connections, counters; empty if nothing does
 */
export async function replayWire(recording: WireRecording): Promise<string[]> {
  const { topology, config, sysctls = {}, marks = [] } = recording;
  const { ifaces: interfaces, routes, neighbours, sysctls: own } = topology;
  const stage = new Stage({ surroundings: { interfaces, routes, neighbours, sysctls: own }, marks, sysctls });
  await stage.configure(config);
  const found: WireFrame[] = [];
  for (const [after, step] of recording.in.entries()) {
    stage.wait(BETWEEN_FRAMES);
    if ('ipvsadm' in step) {
      await stage.configure([step.ipvsadm]);
      continue;
    }
    const { frames } = stage.receive(step.iface, fromHex(step.hex));
    found.push(...frames.map(({ interface: iface, bytes }) => ({ iface, after, hex: toHex(bytes) })));
  }
  const connections = (await stage.ipvsadm('-L -n -c')).stdout;
  const { stdout: stats } = await stage.ipvsadm('-L -n --stats --exact');
  return [
    ...compareFrames(recording.out, found),
    ...compareRows(connRows(recording.connections), connRows(connections)),
    ...compareLines('stats', recording.stats, stats),
  ];
}

function compareFrames(expected: readonly WireFrame[], found: readonly WireFrame[]): string[] {
  const differences: string[] = [];
  for (let index = 0; index < Math.max(expected.length, found.length); index++) {
    const want = expected[index];
    const have = found[index];
    if (want !== undefined && have !== undefined && sameFrame(want, have)) continue;
    differences.push(`frame ${index}\n  expected ${frameText(want)}\n  found    ${frameText(have)}`);
  }
  return differences;
}

/** Equal apart from the volatile bytes; where there are any, all checksums must be as good as in the recording. */
function sameFrame(want: WireFrame, have: WireFrame): boolean {
  if (want.iface !== have.iface || want.after !== have.after || want.hex.length !== have.hex.length) return false;
  const [a, b] = [fromHex(want.hex), fromHex(have.hex)];
  for (const [offset, length] of want.volatile ?? []) {
    a.fill(0, offset, offset + length);
    b.fill(0, offset, offset + length);
  }
  return toHex(a) === toHex(b) && (want.volatile === undefined || faultsOf(have).length <= faultsOf(want).length);
}

function faultsOf({ hex }: WireFrame) {
  return frameFaults(parseFrame(fromHex(hex)));
}

function frameText(frame: WireFrame | undefined): string {
  return frame === undefined ? 'nothing' : `after ${frame.after} on ${frame.iface}: ${frame.hex.slice(0, 240)}`;
}
