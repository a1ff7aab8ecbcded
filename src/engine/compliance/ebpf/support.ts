import { WeirError } from '../../../base/error.ts';
import { NO_NAMES } from '../../../ipvsadm/names.ts';
import { runIpvsadm } from '../../../ipvsadm/run.ts';
import type { Operation } from '../../../lvs/operation.ts';
import { emptyTable } from '../../../lvs/table.ts';
import { checkSupported } from '../../ebpf/rules/supported.ts';
import type { AnyRecording } from '../recording.ts';

/**
 * Why the engine cannot play a recording, from what the recording configures, before or while it is played; undefined if it can.
 * The engine itself refuses the same (src/engine/ebpf/rules/supported.ts).
 */
export async function whyUnsupported(recording: AnyRecording): Promise<string | undefined> {
  try {
    for (const line of commandsOf(recording))
      for (const operation of await operationsOf(line)) checkSupported(operation);
  } catch (error) {
    if (error instanceof WeirError && error.code === 'ENGINE_UNSUPPORTED') return error.message;
    throw error;
  }
  const transfer = 'events' in recording && recording.events.some(({ op }) => op === 'transfer');
  return transfer ? 'its packets depend on the TCP stacks of the recording' : undefined;
}

/** What an ipvsadm command asks for; nothing where it is refused for its own sake, or only lists. */
async function operationsOf(line: string): Promise<Operation[]> {
  const asked: Operation[] = [];
  await runIpvsadm(line.split(/\s+/), {
    stdout: () => {},
    stderr: () => {},
    stdin: async () => '',
    names: NO_NAMES,
    director: {
      table: async () => emptyTable(),
      statistics: async () => [],
      async *connections() {},
      zero: async () => {},
      async apply(operations) {
        asked.push(...operations);
        return operations.map(() => undefined);
      },
    },
  });
  return asked;
}

/** Every ipvsadm command of a recording, the listings left out. */
function commandsOf(recording: AnyRecording): string[] {
  const { config } = recording;
  if ('in' in recording)
    return [...config, ...recording.in.flatMap((step) => ('ipvsadm' in step ? [step.ipvsadm] : []))];
  if ('trials' in recording) return [...config, ...stepsOf(recording, 'adm')];
  return [...config, ...recording.events.flatMap(({ op, args = '' }) => (op === 'ipvsadm' ? [args] : []))];
}

function stepsOf({ trials }: Extract<AnyRecording, { trials: unknown }>, kind: string): string[] {
  return trials
    .flatMap(({ steps }) => steps)
    .filter((step) => step.do.startsWith(`${kind}:`))
    .map((step) => step.do.slice(kind.length + 1));
}
