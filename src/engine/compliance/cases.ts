import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import { type Case, FOLDERS, type Folder, type KnownDifference } from './case.ts';
import { DIFFERENCES as MODEL_DIFFERENCES } from './differences.ts';
import { DIFFERENCES as EBPF_DIFFERENCES } from './ebpf/differences.ts';
import type { PlayedHook, RigPool } from './ebpf/rig.ts';
import { EbpfStage } from './ebpf/stage.ts';
import { whyUnsupported } from './ebpf/support.ts';
import { type AnyRecording, readRecordings } from './recording.ts';
import { replay } from './replay.ts';
import { type OpenStage, Stage } from './stage.ts';

/** An engine as recordings are played on it. */
interface Subject {
  /** Stands behind the name of a case where an engine plays recordings in several ways: ` on tc`. */
  suffix: string;
  open: OpenStage;
  /** Why it cannot play a recording; undefined if it can. */
  unsupported: (recording: AnyRecording) => Promise<string | undefined>;
  /** By folder and name. */
  differences: Readonly<Record<string, KnownDifference>>;
}

/** Every recording of a folder in the golden format, to be played on the model. @throws WeirError USAGE if there are none */
export function modelCases(golden: string): Case[] {
  return casesFor(golden, [
    { suffix: '', open: Stage.open, unsupported: async () => undefined, differences: MODEL_DIFFERENCES },
  ]);
}

/** The same for the eBPF engine: every recording once for each hook, on engines from `rigs`, which the caller closes. */
export function ebpfCases(golden: string, hooks: readonly PlayedHook[], rigs: RigPool): Case[] {
  return casesFor(
    golden,
    hooks.map((hook) => ({
      suffix: ` on ${hook}`,
      open: (options) => EbpfStage.openOn({ ...options, hook, rigs }),
      unsupported: whyUnsupported,
      differences: EBPF_DIFFERENCES,
    })),
  );
}

function casesFor(golden: string, subjects: readonly Subject[]): Case[] {
  return recordingsOf(golden).flatMap(({ name, folder, recording }) =>
    subjects.map(({ suffix, open, unsupported, differences }) => ({
      name: `${name}${suffix}`,
      folder,
      unsupported: () => unsupported(recording),
      play: () => replay(recording, open),
      known: differences[name],
    })),
  );
}

/** Every recording of a folder in the golden format, with its name as `--filter` takes it. @throws WeirError USAGE if there are none */
export function recordingsOf(golden: string): { name: string; folder: Folder; recording: AnyRecording }[] {
  const present = FOLDERS.filter((folder) => existsSync(join(golden, folder)));
  const found = present.flatMap((folder) =>
    readRecordings(folder, golden).map((recording: AnyRecording) => ({
      name: `${folder}/${recording.name}`,
      folder,
      recording,
    })),
  );
  if (found.length > 0) return found;
  throw new WeirError('USAGE', `there are no recordings in ${golden}`, {
    expected: `a folder with ${FOLDERS.join('/, ')}/ in it`,
    fix: 'name one with --golden DIR',
  });
}
