import { Option, type Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import { HOOKS, type EngineKind, type Hook } from '../../engine/options.ts';
import { buildLab } from '../../lab/builder.ts';
import { loadTopology, topologyNames } from '../../lab/catalogue.ts';
import { plantFaults } from '../../lab/fault.ts';
import { hints } from '../../lab/guide.ts';
import { openLab, type Lab } from '../../lab/lab.ts';
import { requireRoot } from '../../lab/platform.ts';
import { isLeftOver, readLabs, type LabRecord } from '../../lab/registry.ts';
import { removeLeftOvers } from '../../lab/removal.ts';
import { languageOption, type LanguageOptions } from '../options/language.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { alignColumns, print, printJson } from '../terminal/output.ts';
import { reportError } from '../terminal/report-error.ts';
import { registerFaults } from './fault.ts';
import { registerGraph } from './graph.ts';
import { exec, shell } from './hosts.ts';
import { registerQuiz } from './quiz.ts';
import { show } from './show.ts';

interface UpFlags extends LanguageOptions {
  id?: string;
  hook: Hook;
  engine: LabEngine;
  rules: boolean;
  fault: string[];
  json: boolean;
}

/** What a lab of namespaces may be forwarded by; `netns` is the usual. */
const ENGINES = { netns: 'ebpf', ebpf: 'ebpf', model: 'model', none: 'none' } as const satisfies Record<
  string,
  EngineKind | 'none'
>;
type LabEngine = keyof typeof ENGINES | 'sim';

/** `weir lab`: small networks of namespaces, with a director, to try things in. */
export function register(program: Command): void {
  // What stands after the name of a host belongs to the command that runs there: `weir lab exec client curl --version`.
  program.enablePositionalOptions();
  const lab = program
    .command('lab')
    .summary('build a small network to try it in')
    .description(
      `Builds small networks of namespaces, with a director. Topologies: ${topologyNames().join(', ')}, and files of your own.`,
    )
    .enablePositionalOptions();
  registerLife(lab);
  registerUse(lab);
  registerFaults(lab);
  registerGraph(lab);
  registerQuiz(lab);
}

function registerLife(lab: Command): void {
  lab
    .command('up <topology>')
    .description('build a lab, which stays until `weir lab down`')
    .option('--id <id>', 'its name (default: the topology with a number)')
    .addOption(hookOption())
    .addOption(
      new Option(
        '--engine <engine>',
        'what forwards; none: no daemon; sim: all of it in memory, to see what comes of requests',
      )
        .choices([...Object.keys(ENGINES), 'sim'])
        .default('netns'),
    )
    .addOption(languageOption())
    .option('--no-rules', 'leave the table of the director empty')
    .option(
      '--fault <id>',
      'with a fault in it; may be given again',
      (id: string, before: string[]) => [...before, id],
      [],
    )
    .option('--json', 'print what was built as JSON', false)
    .action(up);
  lab.command('down [id]').description('remove a lab; without an id, the only one there is').action(down);
  lab.command('list').description('the labs of this machine').option('--json', 'as JSON', false).action(list);
  lab.command('clean').description('remove what dead processes have left').action(clean);
}

function registerUse(lab: Command): void {
  lab.command('shell <host>').description('a shell on a host (LAB/HOST where several labs have it)').action(shell);
  lab
    .command('exec <host> <command...>')
    .description('run a command on a host; its exit code is the exit code')
    .passThroughOptions()
    .action(exec);
  lab
    .command('show')
    .description('build a lab, show Weir at work in it, and stay until Ctrl-C')
    .argument('[topology]', `one of ${topologyNames().join(', ')}, or a file`, 'nat')
    .option('--id <id>', 'the name of the lab')
    .addOption(hookOption())
    .option('--once', 'end after the show', false)
    .action(show);
}

function hookOption(): Option {
  return new Option('--hook <hook>', "where the director's programs are attached").choices(HOOKS).default('auto');
}

async function up(name: string, { id, json, fault, engine, hook, rules, lang }: UpFlags): Promise<void> {
  const whole = await loadTopology(name);
  const topology = await plantFaults(whole, fault);
  if (engine === 'sim') {
    const stays = id !== undefined || hook !== 'auto' || !rules;
    if (stays) {
      throw new WeirError('USAGE', '--id, --hook and --no-rules are for labs of namespaces', { found: '--engine sim' });
    }
    // The network in memory is more to load than the rest of this command.
    const { upInMemory } = await import('./memory.ts');
    return await upInMemory(topology, { faults: fault, json, lang });
  }
  await untilInterrupted(async (signal) => {
    const options = { hook, rules, engine: ENGINES[engine], keep: true, signal };
    const lab = await buildLab(topology, { ...options, whole, ...(id === undefined ? {} : { id }) });
    if (json) await printJson(facts(lab.record));
    else await print(standsText(lab));
  });
}

function standsText(lab: Lab): string {
  const lines = hints(lab, readLabs().length === 1).map(({ command, says }) => `  # ${says}\n  ${command}`);
  return `${lab.topology.picture}\n\nLab ${lab.id} stands, until \`weir lab down ${lab.id}\`. To look around:\n\n${lines.join('\n')}\n`;
}

async function down(id?: string): Promise<void> {
  requireRoot('a lab is made of network namespaces, which only root can remove');
  const lab = openLab(id);
  await lab.down();
  await print(`lab ${lab.id} is removed\n`);
}

async function list({ json }: { json: boolean }): Promise<void> {
  const labs = readLabs();
  if (json) return await printJson(labs.map(facts));
  if (labs.length === 0) return await print('no lab is up\n');
  const rows = labs.map((record) => [
    record.id,
    record.topology.name,
    record.hook,
    stateOf(record),
    record.created,
    Object.keys(record.namespaces).join(' '),
  ]);
  await print(alignColumns([['id', 'topology', 'hook', 'state', 'created', 'hosts'], ...rows]));
}

async function clean(): Promise<void> {
  requireRoot('labs are made of network namespaces, which only root can remove');
  const { removed, failures } = await removeLeftOvers();
  if (removed.length > 0) await print(`removed: ${removed.join(', ')}\n`);
  else if (failures.length === 0) await print('nothing was left over\n');
  for (const failure of failures) process.exitCode = reportError(failure);
}

/** A lab as programs read it. */
function facts(record: LabRecord): object {
  const { id, topology, hook, created, namespaces, director } = record;
  const hosts = Object.entries(namespaces).map(([name, namespace]) => {
    return { name, role: topology.hosts[name]?.role, namespace };
  });
  return {
    id,
    topology: topology.name,
    hook,
    state: stateOf(record),
    created,
    directorPid: director?.pid ?? null,
    hosts,
  };
}

function stateOf(record: LabRecord): string {
  if (record.owner === undefined) return 'kept';
  return isLeftOver(record) ? 'left over' : `of process ${record.owner.pid}`;
}
