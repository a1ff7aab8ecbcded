import { batchesOf, sumText, type Sum, untilInterrupted } from '../../course.ts';
import { whyUnsupported } from '../../ebpf/support.ts';
import { onKernel } from '../on-kernel.ts';
import { type Compared, HOOKS, type Playing } from './compare.ts';
import { durationOf } from './duration.ts';

export interface RecordedRequest {
  /** A program that runs a command in a virtual machine; undefined: the kernel of this machine. */
  vm: string | undefined;
  recordings: readonly Playing[];
  /** Seconds. Recordings that wait longer are left out. */
  longest: number;
}

/** Recordings that are played before anything is told of them, where the virtual machine tells nothing before its end. */
const BATCH = 20;

const SCRIPT = new URL('inside.js', import.meta.url);

/** Plays all, with a line for each that did not pass, and one for each batch. @returns how many differed, counted for each hook */
export async function compareRecorded({ vm, recordings, longest }: RecordedRequest): Promise<number> {
  const sum: Sum = { passed: 0, failed: 0, skipped: 0 };
  const played: Playing[] = [];
  for (const each of recordings) {
    const reason = await whySkipped(each, longest);
    if (reason === undefined) played.push(each);
    else {
      sum.skipped += HOOKS.length;
      console.log(`skipped ${each.name}: ${reason}`);
    }
  }
  console.log(
    `${played.length} recordings, ${BATCH} at a time; a virtual machine may tell only at the end of each time`,
  );
  const began = performance.now();
  let done = 0;
  for (const batch of untilInterrupted(batchesOf(played, BATCH), sum)) {
    await onKernel<Compared>({ vm, script: SCRIPT }, batch, (compared) => tell(compared, sum));
    done += batch.length;
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.log(`${done} of ${played.length} recordings, ${seconds} s: ${sumText(sum)}`);
  }
  console.log(sumText(sum));
  return sum.failed;
}

async function whySkipped({ recording }: Playing, longest: number): Promise<string | undefined> {
  const seconds = durationOf(recording);
  return seconds > longest ? `it waits ${seconds} s, longer than ${longest} s` : await whyUnsupported(recording);
}

function tell({ name, outcomes }: Compared, sum: Sum): void {
  for (const { hook, kind, text } of outcomes) {
    sum[kind === 'known' ? 'skipped' : kind]++;
    if (kind === 'known') console.log(`known   ${name} on ${hook}: ${text}`);
    if (kind === 'failed') console.log(`differs ${name} on ${hook}\n  ${text}`);
  }
}
