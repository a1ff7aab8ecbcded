import { fromHex, toHex } from '../../net/bytes.ts';
import { compareFrames } from './compare-frames.ts';
import { compareLines, compareRows, connRows } from './printed-table.ts';
import type { WireFrame, WireRecording } from './recording.ts';
import { onStage, type OpenStage } from './stage.ts';

/** Milliseconds from one frame to the next: the recorder waits until nothing more comes. */
const BETWEEN_FRAMES = 60;

/**
 * Plays a recording of frames.
 * @returns what differs from the recording: frames that left, connections, counters; empty if nothing does
 */
export async function replayWire(recording: WireRecording, open: OpenStage): Promise<string[]> {
  const { topology, config, sysctls = {}, marks = [] } = recording;
  const { ifaces: interfaces, sysctls: own, ...around } = topology;
  const surroundings = { interfaces, ...around, sysctls: own };
  return await onStage(open, { surroundings, marks, sysctls }, async (stage) => {
    await stage.configure(config);
    const found: WireFrame[] = [];
    for (const [after, step] of recording.in.entries()) {
      await stage.wait(BETWEEN_FRAMES);
      if ('ipvsadm' in step) {
        await stage.configure([step.ipvsadm]);
        continue;
      }
      const { frames } = stage.receive(step.iface, fromHex(step.hex));
      found.push(...frames.map(({ interface: iface, bytes }) => ({ iface, after, hex: toHex(bytes) })));
    }
    const { stdout: connections } = await stage.ipvsadm('-L -n -c');
    const { stdout: stats } = await stage.ipvsadm('-L -n --stats --exact');
    return [
      ...compareFrames(recording.out, found),
      ...compareRows(connRows(recording.connections), connRows(connections)),
      ...compareLines('stats', recording.stats, stats),
    ];
  });
}
