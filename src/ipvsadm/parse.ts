import { checkDraft } from './checks.ts';
import { emptyDraft, type Draft } from './draft.ts';
import type { NameService } from './names.ts';
import { ACTIONS, parseTimeout } from './option-actions.ts';
import { DEFAULTS, SPELLINGS, type CommandName } from './options.ts';
import { PoptReader, PoptTable } from './popt.ts';
import { EXIT, Refusal, tryHelp } from './refusal.ts';
import { parseSchedulerFlags } from './scheduler-flags.ts';

/** A command line that makes sense, or a request for words about the program. */
export type Invocation = { kind: 'command'; draft: Draft } | { kind: 'help' } | { kind: 'version' };

const TABLE = new PoptTable(SPELLINGS);

/**
 * Reads one command line and checks everything that ipvsadm checks by itself, in its order.
 * @param words the command line without the name of the program
 * @throws Refusal with the message and exit code of ipvsadm
 */
export async function parseCommandLine(words: readonly string[], names: NameService): Promise<Invocation> {
  const reader = new PoptReader(words, TABLE);
  const { command, value } = readCommand(reader);
  if (command === 'help' || command === 'version') return { kind: command };
  const draft = emptyDraft(command);
  if (command === 'start-daemon' || command === 'stop-daemon') draft.daemon.role = readRole(command, value);
  await readOptions(reader, draft, names);
  readArguments(reader, draft);
  if (draft.service.flagNames !== undefined) {
    draft.service.flags = parseSchedulerFlags(draft.service.flagNames, draft.service.scheduler);
  }
  checkDraft(draft);
  return { kind: 'command', draft };
}

function readCommand(reader: PoptReader): { command: CommandName | 'help' | 'version'; value: string | undefined } {
  const step = reader.next();
  if (step.kind !== 'option' || step.spelling.command === undefined) throw tryHelp();
  return { command: step.spelling.command, value: step.value };
}

function readRole(command: 'start-daemon' | 'stop-daemon', value: string | undefined): Draft['daemon']['role'] {
  if (value === 'master' || value === 'backup') return value;
  const what = command === 'start-daemon' ? 'start-daemon parameter' : 'start_daemon';
  throw new Refusal(EXIT.usage, `illegal ${what} specified`);
}

async function readOptions(reader: PoptReader, draft: Draft, names: NameService): Promise<void> {
  for (let step = reader.next(); step.kind !== 'end'; step = reader.next()) {
    // Within a restore this is the one error of the command line that does not end it: the next line is read.
    if (step.kind === 'error') throw new Refusal(EXIT.refused, `${step.word}: ${step.reason}`, false);
    const { spelling, value } = step;
    if (spelling.command !== undefined) throw new Refusal(EXIT.usage, `invalid option \`${reader.lastWord}'`);
    if (spelling.option !== undefined) {
      if (draft.options.has(spelling.option)) {
        throw new Refusal(EXIT.usage, `multiple '${spelling.option}' options specified`);
      }
      draft.options.add(spelling.option);
    }
    const action = ACTIONS[spelling.long];
    if (action !== undefined) await action(draft, value ?? String(DEFAULTS.persistence), names, spelling);
  }
}

/** Takes the three values of `--set`; no other command has arguments. */
function readArguments(reader: PoptReader, draft: Draft): void {
  const words = [...reader.arguments];
  if (draft.command === 'set') {
    const [tcp, tcpFin, udp] = words.splice(0, 3);
    if (tcp === undefined || tcpFin === undefined || udp === undefined) {
      throw new Refusal(EXIT.usage, '--set option requires 3 timeout values');
    }
    draft.timeouts = { tcp: parseTimeout(tcp, 0), tcpFin: parseTimeout(tcpFin, 0), udp: parseTimeout(udp, 0) };
  }
  if (words[0] !== undefined) throw new Refusal(EXIT.usage, `unexpected argument ${words[0]}`);
}
