import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlayedHook } from '../../src/engine/compliance/ebpf/rig.ts';
import { onStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { EPISODE_PACKETS, Player, playEpisode, shrink, type Step } from '../support/differential.ts';
import { inTestRuns, onCables } from '../support/exchanges.ts';
import { MARKS, SURROUNDINGS } from '../support/random-rules.ts';
import { Random } from '../support/random.ts';
import { TestRuns } from '../support/test-runs.ts';

/**
 * The specification and the loaded programs side by side: the same random rules, packets, changes, settings and times. After every
 * packet what left must be equal, after some the connections, their states and times, and the counters.
 *
 * WEIR_FUZZ_PACKETS and WEIR_FUZZ_SEED choose another size and another beginning. A failure is shrunk and printed as a file;
 * WEIR_FUZZ_SAVE=NAME saves it as test/differential/NAME.json, and what is there is played every time.
 */
const PACKETS = Number(process.env['WEIR_FUZZ_PACKETS'] ?? 1_500);
const ON_CABLES = Math.min(PACKETS, 150);
const SEED = Number(process.env['WEIR_FUZZ_SEED'] ?? 1);
const SAVE = process.env['WEIR_FUZZ_SAVE'];
const FOLDER = new URL('../differential/', import.meta.url);

const CASES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

describe.each(['tc', 'xdp'] as const)('the programs on %s do what the specification does', (hook) => {
  test(`with ${PACKETS} random packets in test runs`, async () => {
    expect(await fuzz(hook, 'run', PACKETS)).toBe('');
  }, 3_600_000);

  test(`with ${ON_CABLES} random packets on cables`, async () => {
    expect(await fuzz(hook, 'cable', ON_CABLES)).toBe('');
  }, 600_000);

  test('with every sequence that once showed a difference', async () => {
    const differences = await inBed(hook, 'run', async (player) => {
      const found: string[] = [];
      for (const name of CASES) {
        const steps = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Step[];
        const difference = await player.playAll(steps);
        if (difference !== '') found.push(`${name}: ${difference}`);
      }
      return found;
    });
    expect(differences).toEqual([]);
  }, 120_000);
});

type Mode = 'run' | 'cable';

/** @returns the first difference and the fewest steps that lead to it; nothing if there is none */
async function fuzz(hook: PlayedHook, mode: Mode, packets: number): Promise<string> {
  return await inBed(hook, mode, async (player) => {
    for (let episode = 0; episode * EPISODE_PACKETS < packets; episode++) {
      const random = new Random(SEED * 100_003 + episode);
      const { steps, difference } = await playEpisode(player, random);
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
