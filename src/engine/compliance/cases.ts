import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import { DIFFERENCES as MODEL_DIFFERENCES } from './differences.ts';
import { DIFFERENCES as EBPF_DIFFERENCES } from './ebpf/differences.ts';
import { replayConn as replayConnOnPrograms } from './ebpf/replay-conn.ts';
import { replaySched as replaySchedOnPrograms } from './ebpf/replay-sched.ts';
import { replayWire as replayWireOnPrograms } from './ebpf/replay-wire.ts';
import type { PlayedHook } from './ebpf/stage.ts';
import { type AnyRecording, whyUnsupported } from './ebpf/support.ts';
import { readRecordings } from './recording.ts';
import { replayConn } from './replay-conn.ts';
import { replaySched } from './replay-sched.ts';
import { replayWire } from './replay-wire.ts';
import { type Case, FOLDERS, type Folder } from './case.ts';

/** Every recording of a folder in the golden format, to be played on the model. @throws WeirError USAGE if there are none */
export function modelCases(golden: string): Case[] {
  return recordingsOf(golden).map(({ folder, recording }) => {
    const name = `${folder}/${recording.name}`;
    const reason = MODEL_DIFFERENCES[name];
    return {
      name,
      folder,
      unsupported: async () => undefined,
      play: () => playOnModel(recording),
      known: reason === undefined ? undefined : { reason },
    };
  });
}

/** The same for the eBPF engine: every recording once for each hook. */
export function ebpfCases(golden: string, hooks: readonly PlayedHook[]): Case[] {
  return recordingsOf(golden).flatMap(({ folder, recording }) =>
    hooks.map((hook) => ({
      name: `${folder}/${recording.name} on ${hook}`,
      folder,
      unsupported: () => whyUnsupported(recording),
      play: () => playOnPrograms(recording, hook),
      known: EBPF_DIFFERENCES[`${folder}/${recording.name}`],
    })),
  );
}

function recordingsOf(golden: string): { folder: Folder; recording: AnyRecording }[] {
  const present = FOLDERS.filter((folder) => existsSync(join(golden, folder)));
  const found = present.flatMap((folder) =>
    readRecordings(folder, golden).map((recording: AnyRecording) => ({ folder, recording })),
  );
  if (found.length > 0) return found;
  throw new WeirError('USAGE', `there are no recordings in ${golden}`, {
    expected: `a folder with ${FOLDERS.join('/, ')}/ in it`,
    fix: 'name one with --golden DIR',
  });
}

function playOnModel(recording: AnyRecording): Promise<string[]> {
  if ('in' in recording) return replayWire(recording);
  return 'trials' in recording ? replayConn(recording) : replaySched(recording);
}

function playOnPrograms(recording: AnyRecording, hook: PlayedHook): Promise<string[]> {
  if ('in' in recording) return replayWireOnPrograms(recording, hook);
  return 'trials' in recording ? replayConnOnPrograms(recording, hook) : replaySchedOnPrograms(recording, hook);
}
