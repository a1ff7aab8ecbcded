import { judge } from '../../case.ts';
import { errorText } from '../../course.ts';
import { DIFFERENCES } from '../../ebpf/differences.ts';
import type { PlayedHook, RigPool } from '../../ebpf/rig.ts';
import { EbpfStage } from '../../ebpf/stage.ts';
import type { AnyRecording } from '../../recording.ts';
import { replay } from '../../replay.ts';
import { KernelStage } from '../stage.ts';

/** A recording to be played on this kernel. */
export interface Playing {
  /** FOLDER/NAME. */
  name: string;
  recording: AnyRecording;
}

export interface Compared {
  name: string;
  /** Of each hook. */
  outcomes: {
    hook: PlayedHook;
    kind: 'passed' | 'failed' | 'known';
    /** What differed, or why that is known. */
    text: string;
  }[];
}

export const HOOKS: readonly PlayedHook[] = ['tc', 'xdp'];

/** Plays a recording on this kernel's own IPVS and on the eBPF engine. @param rigs where engines come from */
export async function compareOne({ name, recording }: Playing, rigs: RigPool): Promise<Compared> {
  const outcomes: Compared['outcomes'] = [];
  const kernel = await differences(() => replay(recording, (options) => KernelStage.openOn(options)));
  for (const hook of HOOKS) {
    const weir = await differences(() => replay(recording, (options) => EbpfStage.openOn({ ...options, hook, rigs })));
    outcomes.push({ hook, ...(await outcomeOf(name, kernel, weir)) });
  }
  return { name, outcomes };
}

/** Where the kernel does as it was recorded to, a known difference of Weir is one here too. */
async function outcomeOf(
  name: string,
  kernel: readonly string[],
  weir: readonly string[],
): Promise<Omit<Compared['outcomes'][number], 'hook'>> {
  if (weir.join('\n') === kernel.join('\n')) return { kind: 'passed', text: '' };
  const known = kernel.length === 0 ? DIFFERENCES[name] : undefined;
  const judged = await judge({ unsupported: async () => undefined, play: async () => [...weir], known });
  if (judged.kind === 'known') return { kind: 'known', text: judged.reason };
  return { kind: 'failed', text: `kernel: ${told(kernel)}\n  Weir:   ${told(weir)}` };
}

/** What could not be played differs, too. */
async function differences(play: () => Promise<string[]>): Promise<string[]> {
  try {
    return await play();
  } catch (error) {
    return [errorText(error)];
  }
}

function told(differing: readonly string[]): string {
  return differing.length === 0 ? 'as recorded' : differing.join('\n').replaceAll('\n', '\n    ');
}
