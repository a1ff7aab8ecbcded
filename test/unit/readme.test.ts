import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { helpText } from '../../bench/options.ts';
import { SUITES } from '../../bench/suites.ts';
import { EXIT } from '../../src/cli/terminal/exit-codes.ts';
import { SCHEDULERS } from '../../src/engine/ebpf/maps/schedulers.ts';
import { checkSupported } from '../../src/engine/ebpf/rules/supported.ts';
import { isTopologyFile, topologyNames } from '../../src/lab/catalogue.ts';
import { MemoryDirector } from '../../src/ipvsadm/memory-director.ts';
import { NO_NAMES } from '../../src/ipvsadm/names.ts';
import { operationOf } from '../../src/ipvsadm/operation-of.ts';
import { SPELLINGS } from '../../src/ipvsadm/options.ts';
import { parseCommandLine } from '../../src/ipvsadm/parse.ts';
import { runIpvsadm } from '../../src/ipvsadm/run.ts';
import {
  blocks,
  commandsIn,
  headings,
  PROMPT,
  shownCommands,
  typedLines,
  type Block,
  type ShownCommand,
} from '../support/shown-commands.ts';
import { ROOT } from '../support/source-files.ts';
import { weir } from '../support/weir.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const GUIDES = ['docs/guide-ipvsadm-users.md', 'docs/zh/guide-ipvsadm-users.md'] as const;
const READMES = ['README.md', 'README.zh-CN.md'] as const;
const DOCUMENTS = [
  ...READMES,
  ...GUIDES,
  'docs/lab.md',
  'docs/zh/lab.md',
  'docs/realserver.md',
  'docs/zh/realserver.md',
  'docs/capture.md',
  'docs/zh/capture.md',
  'docs/zh/README.md',
];

describe('both languages have the same sections', () => {
  test.each([
    [
      READMES,
      [
        ['Weir', 'Weir（堰）'],
        ['Two commands', '两条命令'],
        ['What you will see', '你会看到什么'],
        ['On a real server', '用在真实的服务器上'],
        ['How it works', '工作原理'],
        ['Measured', '实测'],
        ['Limits', '限制'],
        ['Where to read on', '接着读'],
        ['Licences', '许可证'],
      ],
    ],
    [
      GUIDES,
      [
        ['Weir for people who run LVS', '写给正在用 LVS 的人'],
        ['What stays and what is different', '哪些一样，哪些不同'],
        ['Install', '安装'],
        ['Choose interfaces', '选网卡'],
        ['Prepare the machine', '准备机器'],
        ['Try it by hand', '先手工试一试'],
        ['Bring your rules', '把旧规则搬过来'],
        ['Save, and restore at boot', '保存，开机恢复'],
        ['Another version', '升级'],
        ['Look around', '查看与排错'],
        ['Going back', '退回去'],
      ],
    ],
  ])('%j', ([english, chinese], sections) => {
    expect(headings(read(english))).toEqual(sections.map(([title]) => title));
    expect(headings(read(chinese))).toEqual(sections.map(([, title]) => title));
  });

  test.each([READMES, GUIDES])('and show the same commands and outputs: %s, %s', (english, chinese) => {
    const shown = (path: string): string[][] =>
      blocks(read(path)).map(({ lines }) => lines.map((line) => line.replace(/ +# .*$/, '')));
    expect(shown(chinese)).toEqual(shown(english));
  });
});

describe.each(DOCUMENTS)('%s', (path) => {
  const commands = shownCommands(read(path));
  const of = (...programs: string[]): ShownCommand[] =>
    commands.filter(({ words }) => programs.includes(words[0] ?? ''));

  test('shows commands and options that weir has', async () => {
    const unknown: string[] = [];
    for (const { words } of of('weir')) {
      if (!(await isKnownToWeir(words.slice(1)))) unknown.push(words.join(' '));
    }
    expect(unknown).toEqual([]);
  });

  test('shows ipvsadm commands that are accepted, by the eBPF engine too', async () => {
    const refused: string[] = [];
    for (const command of of('ipvsadm')) refused.push(...(await refusalOf(command)));
    expect(refused).toEqual([]);
  });

  test('shows npm commands that package.json has', () => {
    const unknown = of('npm').filter(({ words }) => !isKnownToNpm(words.slice(1)));
    expect(unknown.map(({ words }) => words.join(' '))).toEqual([]);
  });

  test('names files under /opt/weir that are in the repository', () => {
    const named = [...read(path).matchAll(/\/opt\/weir\/([\w./-]+)/g)].map(([, file = '']) => file);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe.each([...READMES, ...GUIDES])('a table in %s', (path) => {
  const shown = blocks(read(path));
  const sessions = shown.filter(({ language, lines }) => language === 'console' && lines.some(listsTable));

  test('is what ipvsadm prints after the commands shown before it', async () => {
    expect(sessions).toHaveLength(1);
    for (const session of sessions) {
      const before = shown.filter(({ section }) => section === session.section);
      const typed = before.slice(0, before.indexOf(session) + 1).flatMap(typedLines);
      const rules = commandsIn(typed, true).filter(({ words }) => words[0] === 'ipvsadm');
      expect(await outputOf(rules.map(({ words }) => words.slice(1)))).toBe(tableOf(session));
    }
  });
});

test('the unit of systemd runs commands that weir has', async () => {
  const commands = [...read('packaging/weir.service').matchAll(/^Exec\w+=.*?\/opt\/weir\/bin\/weir (\w+)/gm)];
  expect(commands.map(([, command]) => command)).toEqual(['run', 'status', 'restore']);
  for (const [, command = ''] of commands) expect(await helpOn([command])).toBeDefined();
});

describe.each([
  ['README.md', 'Measured'],
  ['README.zh-CN.md', '实测'],
])('the figures in %s', (path, title) => {
  const measured =
    read(path)
      .split(/^## /m)
      .find((section) => section.startsWith(`${title}\n`)) ?? '';

  test('are the ratios to nftables in docs/performance.md, all of them and no other', () => {
    const [machine, ...measures] = existsSync(join(ROOT, REPORT)) ? read(REPORT).split(/^### /m) : [''];
    const ratios = measures.map((measure) => columnOf(measure, 'x nftables'));
    const expected = (ratios[0] ?? []).map((_, candidate) => ratios.map((column) => column[candidate]));
    expect(
      rowsOf(measured)
        .slice(1)
        .map(([, ...cells]) => cells),
    ).toEqual(expected);
    expect(measured).toContain(/^\| machine \| (.*), \d+ processors/m.exec(machine ?? '')?.[1] ?? '');
  });
});

const REPORT = 'docs/performance.md';

/** The cells of the first table of a text, the head first; none if there is no table. */
function rowsOf(text: string): string[][] {
  const table = /(?:^\|.*\|$\n?)+/m.exec(text)?.[0] ?? '';
  const lines = table.split('\n').filter((line) => line !== '' && !/^[|: -]+$/.test(line));
  return lines.map((line) => [...line.matchAll(/(?<=\|)[^|]*(?=\|)/g)].map(([cell]) => cell.trim()));
}

function columnOf(text: string, title: string): (string | undefined)[] {
  const [head = [], ...rows] = rowsOf(text);
  return rows.map((row) => row[head.indexOf(title)]);
}

const helpTexts = new Map<string, Promise<string | undefined>>();

/** The help on a command; undefined if there is no such command (then `--help` is answered with that of weir itself). */
function helpOn(command: readonly string[]): Promise<string | undefined> {
  const key = ['weir', ...command].join(' ');
  const text = helpTexts.get(key) ?? askForHelp(command, key);
  helpTexts.set(key, text);
  return text;
}

async function askForHelp(command: readonly string[], name: string): Promise<string | undefined> {
  const { code, stdout } = await weir([...command, '--help']);
  return code === EXIT.ok && stdout.startsWith(`Usage: ${name} `) ? stdout : undefined;
}

async function isKnownToWeir(words: readonly string[]): Promise<boolean> {
  if (words[0] === 'ipvsadm') return true;
  const command = words.slice(0, commandLength(words));
  const help = await helpOn(command);
  // What stands after the name of a host belongs to another program.
  const rest = command[1] === 'exec' ? [] : words.slice(command.length);
  const options = rest.filter((word) => word.startsWith('--'));
  if (help === undefined || options.some((option) => !new RegExp(`[ ,]${option}\\b`).test(help))) return false;
  const takesTopology = ['lab up', 'lab show', 'lab graph'].includes(command.join(' '));
  const [topology = '-'] = rest;
  return !takesTopology || isPlaceholder(topology) || isTopologyFile(topology) || topologyNames().includes(topology);
}

/** Commands that have commands of their own. */
const HAVE_COMMANDS = new Set(['lab', 'realserver', 'director', 'decap']);

/** How many of the words name the command: `lab up`, `run`, none in `--version`. */
function commandLength([first = '-', second = '-']: readonly string[]): number {
  if (first.startsWith('-')) return 0;
  return HAVE_COMMANDS.has(first) && !second.startsWith('-') ? 2 : 1;
}

const isPlaceholder = (word: string): boolean => /^\[?[A-Z]+\]?$/.test(word) || word.startsWith('-');

/** Why a command is refused, or nothing. Of one that is part of a sentence only the options are looked at. */
async function refusalOf({ words, whole }: ShownCommand): Promise<string[]> {
  const options = words.slice(1);
  if (!whole) return options.filter((word) => word.startsWith('-') && !known.has(word));
  try {
    const invocation = await parseCommandLine(options, NO_NAMES);
    const operation = invocation.kind === 'command' ? operationOf(invocation.draft) : undefined;
    if (operation === undefined) return [];
    checkSupported(operation);
    const scheduler = 'service' in operation ? operation.service.scheduler : 'rr';
    return SCHEDULERS.has(scheduler) ? [] : [`${words.join(' ')}: no scheduler ${scheduler}`];
  } catch (error) {
    return [`${words.join(' ')}: ${String(error)}`];
  }
}

const known = new Set(SPELLINGS.flatMap(({ long, short }) => [`--${long}`, `-${short}`]));

const NPM_ITSELF = new Set(['ci', 'start', 'test']);

function isKnownToNpm(words: readonly string[]): boolean {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const [command = '', name = ''] = words;
  if (command !== 'run') return NPM_ITSELF.has(command) && (command === 'ci' || command in scripts);
  const options = words.slice(2).filter((word) => word.startsWith('--') && word !== '--');
  return name in scripts && (name !== 'bench' || options.every((option) => helpText(SUITES).includes(option)));
}

const listsTable = (line: string): boolean => PROMPT.exec(line)?.groups?.['line'] === 'ipvsadm -L -n';

/** The lines after `ipvsadm -L -n`, to the next empty one. */
function tableOf({ lines }: Block): string {
  const output = lines.slice(lines.findIndex(listsTable) + 1);
  const end = output.indexOf('');
  return `${output.slice(0, end < 0 ? undefined : end).join('\n')}\n`;
}

/** Runs ipvsadm commands one after the other on an empty table. */
async function outputOf(commands: readonly string[][]): Promise<string> {
  const director = new MemoryDirector({
    schedulers: SCHEDULERS,
    persistenceEngines: new Set(),
    isUnicast: () => true,
    interfaceMtu: () => 1500,
  });
  let output = '';
  const print = (text: string): void => void (output += text);
  for (const words of commands) {
    const listed = words.join(' ') === '-L -n';
    if (listed) output = '';
    const host = { stdout: print, stderr: print, stdin: async () => '', director, names: NO_NAMES };
    expect(await runIpvsadm(words, host)).toBe(EXIT.ok);
  }
  return output;
}
