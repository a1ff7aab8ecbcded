import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchesOf, sumText, type Sum } from '../../course.ts';
import { differencesOf } from './differences.ts';
import { randomEpisode, type Play } from './episode.ts';
import type { Played } from './play.ts';
import { onKernel } from '../on-kernel.ts';

export interface RandomRequest {
  /** A program that runs a command in a virtual machine; undefined: the kernel of this machine. */
  vm: string | undefined;
  episodes: number;
  seed: number;
  /** A folder for what differed. */
  save: string | undefined;
  /** Differing episodes of each batch that are reduced, as each takes minutes. */
  reduced: number;
}

/** Episodes that are played before anything is told of them. */
const BATCH = 50;

const SCRIPT = new URL('inside.js', import.meta.url);

/** Episodes made up from numbers, on the kernel and on the specification; tells of what differs. @returns how many did */
export async function compareRandom({ vm, episodes, seed, save, reduced: most }: RandomRequest): Promise<number> {
  const sum: Sum = { passed: 0, failed: 0, skipped: 0 };
  let packets = 0;
  if (save !== undefined) mkdirSync(save, { recursive: true });
  let done = 0;
  for (const numbers of batchesOf([...Array(episodes).keys()], BATCH)) {
    const plays = await Promise.all(numbers.map((number) => randomEpisode(seed * 100_003 + number)));
    const differing: Play[] = [];
    for (const played of await onKernel<Played>({ vm, script: SCRIPT, words: ['play'] }, plays)) {
      const differences = await differencesOf(played);
      packets += 'failed' in played ? 0 : played.in.filter((step) => 'hex' in step).length;
      sum[differences.length === 0 ? 'passed' : 'failed']++;
      if (differences.length === 0) continue;
      tell(played, differences, save);
      differing.push(plays.find(({ name }) => name === played.name)!);
    }
    for (const reduced of await onKernel<Played>({ vm, script: SCRIPT, words: ['reduce'] }, differing.slice(0, most)))
      tell({ ...reduced, name: `${reduced.name}-reduced` }, await differencesOf(reduced), save);
    done += numbers.length;
    console.log(`${done} of ${episodes} episodes, ${packets} packets: ${sumText(sum)}`);
  }
  return sum.failed;
}

/** What was saved, with the specification as it is now. @returns how many differ */
export async function compareAgain(folder: string): Promise<number> {
  const sum: Sum = { passed: 0, failed: 0, skipped: 0 };
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
    const played: Played = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const differences = await differencesOf(played);
    sum[differences.length === 0 ? 'passed' : 'failed']++;
    if (differences.length > 0) console.log(`differs ${name}\n  ${differences.join('\n  ')}`);
  }
  console.log(sumText(sum));
  return sum.failed;
}

function tell(played: Played, differences: readonly string[], save: string | undefined): void {
  const text = recordingText(played);
  console.log(`differs ${played.name}\n  ${differences.join('\n  ')}`);
  if (save !== undefined) writeFileSync(join(save, `${played.name}.json`), text);
  else if (played.name.endsWith('-reduced')) console.log(text);
}

/** With a line for each frame. */
function recordingText(played: Played): string {
  if ('failed' in played) return JSON.stringify(played);
  const { in: steps, out, ...head } = played;
  const lines = (list: readonly unknown[]): string => list.map((each) => `  ${JSON.stringify(each)}`).join(',\n');
  return `${JSON.stringify(head, null, 1).slice(0, -2)},\n "in": [\n${lines(steps)}\n ],\n "out": [\n${lines(out)}\n ]\n}\n`;
}
