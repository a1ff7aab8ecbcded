import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { PlayedHook } from '../../src/engine/compliance/ebpf/rig.ts';
import { onStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { EPISODE_PACKETS, Player, playEpisode, type Step } from './differential.ts';
import { inTestRuns, onCables } from './exchanges.ts';
import type { Whose } from '../../src/engine/compliance/random/cast.ts';
import { MARKS, SURROUNDINGS } from '../../src/engine/compliance/random/surroundings.ts';
import { shrink } from '../../src/engine/compliance/random/shrink.ts';
import { Random } from '../../src/engine/compliance/random/random.ts';
import { TestRuns } from './test-runs.ts';

/*
 * The specification and the loaded programs side by side: the same random rules, packets, changes, settings and times. After every
 * packet what left must be equal, after some the connections, their states and times, and the counters.
 *
 * WEIR_FUZZ_PACKETS and WEIR_FUZZ_SEED choose another size for each hook and another beginning. A failure is shrunk and printed as a
 * file; WEIR_FUZZ_SAVE=NAME saves it as test/differential/NAME.json, and what is there is played every time.
 */
const SEED = Number(process.env['WEIR_FUZZ_SEED'] ?? 1);
const SAVE = process.env['WEIR_FUZZ_SAVE'];
const FOLDER = new URL('../differential/', import.meta.url);

/** Packets of a run: as many as the environment wants, else `usual`. */
export function packetsOf(usual: number): number {
  return Number(process.env['WEIR_FUZZ_PACKETS'] ?? usual);
}

/** Through test runs of the programs, or as frames on cables with the kernel's stack behind the programs. */
export type Mode = 'run' | 'cable';

/** @returns the first difference and the fewest steps that lead to it; nothing if there is none */
export async function fuzz(hook: PlayedHook, mode: Mode, packets: number, whose: Whose = 'others'): Promise<string> {
  return await inBed(hook, mode, async (player) => {
    for (let episode = 0; episode * EPISODE_PACKETS < packets; episode++) {
      const random = new Random(SEED * 100_003 + episode);
      const { steps, difference } = await playEpisode(player, random, undefined, whose);
      if (difference === '') continue;
      const differs = async (some: readonly Step[]): Promise<boolean> => (await player.playAll(some)) !== '';
      const fewest = await shrink(steps, differs);
      const reduced = await player.playAll(fewest);
      const text = `[\n${fewest.map((step) => `  ${JSON.stringify(step)}`).join(',\n')}\n]\n`;
      if (SAVE !== undefined) save(SAVE, text);
      return `seed ${SEED}, episode ${episode}: ${reduced || difference}\n${text}`;
    }
    return '';
  });
}

/**
 * Those about the director itself are in a folder of their own, and want its stack behind the programs.
 * @returns what differs when every sequence is played that once showed a difference
 */
export async function replaySaved(hook: PlayedHook, whose: Whose = 'others'): Promise<string[]> {
  const folder = whose === 'own' ? new URL('own/', FOLDER) : FOLDER;
  const cases = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return await inBed(hook, whose === 'own' ? 'cable' : 'run', async (player) => {
    const found: string[] = [];
    for (const name of cases) {
      const steps = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Step[];
      const difference = await player.playAll(steps);
      if (difference !== '') found.push(`${name}: ${difference}`);
    }
    return found;
  });
}

function save(name: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL(`${name}.json`, FOLDER), text);
}

/** Plays in the director's network namespace, where its interfaces have their numbers. */
async function inBed<T>(hook: PlayedHook, mode: Mode, play: (player: Player) => Promise<T>): Promise<T> {
  return await onStage({ surroundings: SURROUNDINGS, marks: MARKS, hook }, async (stage) => {
    if (mode === 'cable') return await play(new Player(stage, onCables(stage), 10));
    return await stage.rig.visit(async () => {
      const runs = new TestRuns(stage.rig.runFolder, hook, ['eth0', 'eth1']);
      try {
        return await play(new Player(stage, inTestRuns(stage, runs), 25));
      } finally {
        runs.close();
      }
    });
  });
}
