import { readFileSync } from 'node:fs';
import { untilInterrupted } from '../../course.ts';
import { RigPool } from '../../ebpf/rig.ts';
import { loadAsRecorder } from '../stage.ts';
import { compareOne, type Playing } from './compare.ts';

/** Compares the recordings of a file on the kernel it runs on, and prints a line of JSON for each. */
const [file = ''] = process.argv.slice(2);
await loadAsRecorder();
const rigs = new RigPool();
try {
  const recordings: Playing[] = JSON.parse(readFileSync(file, 'utf8'));
  for (const each of untilInterrupted(recordings)) console.log(JSON.stringify(await compareOne(each, rigs)));
} finally {
  await rigs.close();
}
