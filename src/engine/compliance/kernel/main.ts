import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { WeirError } from '../../../base/error.ts';
import { recordingsOf } from '../cases.ts';
import { errorText } from '../course.ts';
import { goldenFolder } from '../recording.ts';
import { compareAgain, compareRandom, type RandomRequest } from './random/course.ts';
import { compareRecorded, type RecordedRequest } from './recorded/course.ts';

const USAGE = `usage: npm run conformance:kernel -- [--vm PROGRAM] [--golden DIR] [--filter X] [--longest SECONDS]
       npm run conformance:kernel -- --random EPISODES [--seed N] [--vm PROGRAM] [--save DIR] [--reduce N]
       npm run conformance:kernel -- --again DIR

Plays the recordings of DIR on the kernel's own IPVS and on the eBPF engine, on the same kernel one after the other, and compares
what both did: schedulers, connections, frames.
  --vm PROGRAM       a program that runs a command in a virtual machine that sees this machine's files and whose kernel has
                     IPVS ($WEIR_KERNEL_VM); not asked where the kernel of this machine has it
  --filter X         only recordings with X in FOLDER/NAME; X may be a regular expression
  --longest SECONDS  leave out recordings that wait longer, 5 if it is not given: the kernel's time is real

With --random it makes up rules, packets and changes, some 50 packets an episode, plays them on the kernel's own IPVS and compares frames,
connections and counters with the specification. What differs is reduced to the fewest rules and packets and printed as a recording.
  --seed N           begins elsewhere, 1 if it is not given; the same number makes the same episodes
  --save DIR         writes what differed there, a recording a file, reduced ones as NAME-reduced.json
  --reduce N         how many of 50 episodes are reduced if they differ, 2 if it is not given, as each takes minutes
  --again DIR        compares what was saved with the specification once more, without a kernel

Exit code: 0 if nothing differed, 1 if something did, 2 for wrong usage or a kernel without IPVS.
`;

type Request = { recorded: RecordedRequest } | { random: RandomRequest } | { again: string };

function readRequest(words: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...words],
    options: {
      vm: { type: 'string' },
      golden: { type: 'string' },
      filter: { type: 'string', default: '' },
      longest: { type: 'string', default: '5' },
      random: { type: 'string' },
      seed: { type: 'string', default: '1' },
      save: { type: 'string' },
      reduce: { type: 'string', default: '2' },
      again: { type: 'string' },
    },
  });
  const { golden = goldenFolder(), filter, longest, again, save, reduce } = values;
  const { vm: named = process.env['WEIR_KERNEL_VM'] } = values;
  const vm = named === '' || existsSync('/proc/net/ip_vs') ? undefined : named;
  if (again !== undefined) return { again };
  if (values.random !== undefined) {
    const [episodes, seed, reduced] = [Number(values.random), Number(values.seed), Number(reduce)];
    if (!(episodes >= 1 && Number.isInteger(episodes) && Number.isInteger(seed) && reduced >= 0))
      throw new WeirError('USAGE', '--random, --seed and --reduce want whole numbers');
    return { random: { vm, episodes, seed, save, reduced } };
  }
  if (!(Number(longest) >= 0)) throw new WeirError('USAGE', `--longest wants seconds, not ${longest}`);
  const pattern = new RegExp(filter);
  const recordings = recordingsOf(golden).filter(({ name }) => pattern.test(name));
  if (recordings.length === 0) throw new WeirError('USAGE', `no recording of ${golden} has ${filter} in its name`);
  return { recorded: { vm, recordings, longest: Number(longest) } };
}

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  try {
    const request = readRequest(words);
    if ('again' in request) return (await compareAgain(request.again)) === 0 ? 0 : 1;
    if ('random' in request) return (await compareRandom(request.random)) === 0 ? 0 : 1;
    return (await compareRecorded(request.recorded)) === 0 ? 0 : 1;
  } catch (error) {
    const usage = error instanceof WeirError && error.code !== 'USAGE' ? '' : USAGE;
    process.stderr.write(`conformance:kernel: ${errorText(error)}\n${usage}`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
