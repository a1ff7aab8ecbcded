import { isAbsolute, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import type { Language } from '../../base/words.ts';
import { defaultStateFolder } from '../../daemon/paths.ts';
import { BIN_FOLDER } from '../../kernel/package.ts';
import { findTool } from '../../kernel/tools.ts';
import type { Fact } from '../../setup/fact.ts';
import { kindOf } from '../../setup/kinds/index.ts';
import { persistFacts } from '../../setup/persist.ts';
import { observe, setUp, undo, type Observation } from '../../setup/reconcile.ts';
import { RecordFile, type SetupRole } from '../../setup/record.ts';
import { shellScript } from '../../setup/script.ts';
import { languageOption } from '../options/language.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { alignColumns, print, printJson } from '../terminal/output.ts';

/** Options that `setup`, `status` and `undo` of both roles have in common. */
export interface SetupFlags {
  lang: Language;
  state: string;
  etc: string;
  json?: boolean;
  print?: boolean;
  persist?: boolean;
}

/** A role that a host is set up for, with the command line it was asked in. */
export interface RoleCommand<Flags extends SetupFlags> {
  role: SetupRole;
  /** Adds the options that say what is wanted. */
  options(command: Command): Command;
  /** @throws WeirError for what cannot be wanted */
  facts(flags: Flags): Promise<Fact[]>;
  /** The options again, as words, for the unit that repeats them at boot. */
  words(flags: Flags): string[];
}

/** `setup`, `status` and `undo` of a role. */
export function registerRole<Flags extends SetupFlags>(parent: Command, role: RoleCommand<Flags>): void {
  common(role.options(parent.command('setup').description('make this host ready; what was there is written down')))
    .option('--persist', 'also at the next boot: sysctl.d and a unit of systemd')
    .option('--print', 'only print the commands, with what each is for')
    .action(async (flags: Flags) => await runSetup(role, flags));
  common(parent.command('status').description('what is there beside what was set up'))
    .option('--json', 'print JSON')
    .action(async (flags: SetupFlags) => await showStatus(role.role, flags));
  common(parent.command('undo').description('restore exactly what was there before')).action(
    async (flags: SetupFlags) => await runUndo(role.role, flags),
  );
}

function common(command: Command): Command {
  return command
    .option('--state <folder>', 'where to write down what was there ($WEIR_STATE)', defaultStateFolder())
    .addOption(new Option('--etc <folder>', 'in the place of /etc, for --persist').default('/etc').hideHelp())
    .addOption(languageOption());
}

async function runSetup<Flags extends SetupFlags>(role: RoleCommand<Flags>, flags: Flags): Promise<void> {
  const wanted = await role.facts(flags);
  const words = [role.role, 'setup', ...role.words(flags)];
  const persisted = flags.persist === true ? persistFacts(wanted, persistOptions(role.role, flags, words)) : [];
  const facts = [...wanted, ...persisted];
  if (flags.print === true) return await print(shellScript(facts, flags.lang));
  requireRoot();
  requireTools(facts);
  const { observations, done } = await setUp(recordFile(role.role, flags), `weir ${words.join(' ')}`, facts);
  if (done.length > 0) await print(`${done.map((line) => `# ${line.split('\n')[0]}`).join('\n')}\n`);
  await print(statusText(observations, flags.lang));
}

function persistOptions(role: SetupRole, flags: SetupFlags, words: readonly string[]) {
  const etc = isAbsolute(flags.etc) ? flags.etc : resolve(flags.etc);
  const places = flags.state === defaultStateFolder({}) ? [] : ['--state', resolve(flags.state)];
  return { role, etc, command: [process.execPath, `${BIN_FOLDER}/weir`, ...words, ...places, '--persist'] };
}

async function showStatus(role: SetupRole, flags: SetupFlags): Promise<void> {
  const record = recordFile(role, flags).read();
  if (record === undefined) {
    if (flags.json === true) return await printJson({ role, command: null, facts: [] });
    return await print(NOTHING[flags.lang](role));
  }
  const observations = await observe(record.entries.map(({ fact }) => fact));
  if (observations.some(({ holds }) => !holds)) process.exitCode = EXIT.failed;
  if (flags.json === true) {
    const facts = observations.map(({ fact, found, holds }, index) => {
      return { ...plain(fact), found, before: record.entries[index]?.before, holds };
    });
    return await printJson({ role, command: record.command, facts });
  }
  await print(`${record.command}\n\n${statusText(observations, flags.lang)}`);
}

async function runUndo(role: SetupRole, flags: SetupFlags): Promise<void> {
  requireRoot();
  const outcome = await undo(recordFile(role, flags));
  if (outcome === undefined) return await print(NOTHING[flags.lang](role));
  for (const line of outcome.done) await print(`# ${line.split('\n')[0]}\n`);
  if (outcome.left.length > 0) await print(`\n${LEFT[flags.lang]}\n${statusText(outcome.left, flags.lang)}`);
  await print(`${UNDONE[flags.lang]}\n`);
}

const HEADINGS = { en: ['', 'what', 'wanted', 'found'], zh: ['', '项目', '应为', '现为'] };
const STATES = { en: ['differs', 'ok'], zh: ['不符', '正常'] } as const;
const NONE = { en: 'none', zh: '无' };
const UNDONE = { en: 'What was there before is there again.', zh: '已恢复成原来的样子。' };
const LEFT = { en: 'Changed by somebody else since, and left as it is:', zh: '设置之后被别人改过，保持不动：' };
const NOTHING = {
  en: (role: SetupRole) => `No set-up is written down: weir ${role} setup makes one.\n`,
  zh: (role: SetupRole) => `没有设置过：用 weir ${role} setup 设置。\n`,
};

function statusText(observations: readonly Observation[], language: Language): string {
  const rows = observations.map(({ fact, found, holds }) => [
    STATES[language][holds ? 1 : 0],
    kindOf(fact).subject(fact)[language],
    kindOf(fact).wanted(fact)[language],
    shownFound(fact, found, holds, language),
  ]);
  return alignColumns([HEADINGS[language], ...rows]);
}

/** What was found in one line: of a file or a table only whether it is as wanted. */
function shownFound(fact: Fact, found: readonly string[], holds: boolean, language: Language): string {
  if (found.length === 0) return NONE[language];
  if (fact.kind === 'file' || fact.kind === 'arp-firewall')
    return holds ? kindOf(fact).wanted(fact)[language] : STATES[language][0];
  return fact.kind === 'address' ? found.join(', ') : (found[0] ?? '');
}

function plain({ kind, ...fact }: Fact): object {
  const { why: _why, ...rest } = fact;
  return { kind, ...rest };
}

function recordFile(role: SetupRole, flags: SetupFlags): RecordFile {
  return new RecordFile(resolve(flags.state), role);
}

function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new WeirError('PRIVILEGE_MISSING', 'only root can set up a host', {
    expected: 'user root',
    found: `user id ${process.geteuid?.() ?? 'unknown'}`,
    fix: 'repeat the command with sudo; --print shows what it would do',
  });
}

function requireTools(facts: readonly Fact[]): void {
  if (!facts.some(({ kind }) => kind === 'arp-firewall') || findTool('nft') !== undefined) return;
  throw new WeirError('TOOL_MISSING', 'an ARP firewall needs nftables', {
    expected: 'the program nft',
    fix: 'apt-get install nftables, or leave out --arp-firewall: arp_ignore does the same',
  });
}
