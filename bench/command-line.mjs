// What the command line costs: the start of `ipvsadm -L -n` on an empty table, and of some `weir` commands, against that of an
// empty Node program, and `ipvsadm -R` of 10,000 lines through a director with each engine. Prints a table and JSON. Beside the
// time that passes stands the time that processors worked for it, on which what else runs on the machine has less influence.
// Run on a build, as root for the eBPF engine: npm run build && node bench/command-line.mjs [rounds]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROUNDS = Number(process.argv[2] ?? 15);
const RESTORE_ROUNDS = Math.min(ROUNDS, 5);
const SERVICES = 5_000;

const BIN = resolve(import.meta.dirname, '../bin');
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
const namespace = `weir-bench-${process.pid}`;
const directors = [];

/** Milliseconds in a tick of /proc (USER_HZ is 100 wherever Debian runs). */
const TICK = 10;

/** Milliseconds that processors have worked for a process itself, and for those it started and that have ended (proc(5)). */
function work(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /u, '')
    .split(' ')
    .map(Number);
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15);
  return { own: (user + system) * TICK, children: (childrenUser + childrenSystem) * TICK };
}

/** Milliseconds that a program takes: what passes from starting it to its end, and what processors work for it. */
function timed(program, argv, { socket, input = '' } = {}) {
  const before = work('self').children;
  const began = performance.now();
  const { status, stderr } = spawnSync(program, argv, {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...(socket === undefined ? {} : { WEIR_SOCKET: socket }) },
  });
  const passed = performance.now() - began;
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${status}: ${stderr}`);
  return { passed, worked: work('self').children - before };
}

const run = (program, ...argv) => timed(program, argv);

/** Starts a director and waits until it is ready. @returns its socket and its process */
async function startDirector(engine) {
  const socket = join(folder, engine, 'weir.sock');
  const options = ['--engine', engine, '--socket', socket, '--state', join(folder, engine)];
  const within = engine === 'ebpf' ? [`--net=/run/netns/${namespace}`, '--', process.execPath] : [];
  const argv = [join(BIN, 'weir'), 'run', ...options, ...(engine === 'ebpf' ? ['--interface', 'eth0'] : [])];
  const director = spawn(engine === 'ebpf' ? 'nsenter' : process.execPath, [...within, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  directors.push(director);
  let log = '';
  for await (const chunk of director.stdout) {
    log += String(chunk);
    if (!log.includes('the director is ready')) continue;
    director.stdout.resume();
    return { socket, pid: director.pid };
  }
  throw new Error(`the director has ended: ${log}`);
}

function addNamespace() {
  run('ip', 'netns', 'add', namespace);
  run('ip', '-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'peer0');
  for (const name of ['lo', 'eth0', 'peer0']) run('ip', '-n', namespace, 'link', 'set', name, 'up');
  run('ip', '-n', namespace, 'addr', 'add', '192.168.1.1/24', 'dev', 'eth0');
}

async function cleanUp() {
  for (const director of directors) {
    if (director.exitCode !== null) continue;
    director.kill('SIGTERM');
    await once(director, 'exit');
  }
  spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Commands that do next to nothing, so that what they take is their start. */
const COMMANDS = ['ipvsadm -L -n', 'weir list', 'weir lab graph nat', 'weir capture --help', 'weir doctor --help'];

/** All programs in turn, so that what else the machine does falls on each; the first round warms up. */
function measureStarts({ socket }) {
  const empty = join(folder, 'empty.js');
  writeFileSync(empty, '');
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const node = timed(process.execPath, [empty]);
    const commands = COMMANDS.map((line) => {
      const [program, ...words] = line.split(' ');
      return timed(process.execPath, [join(BIN, program), ...words], { socket });
    });
    if (round > 0) rounds.push({ node, commands });
  }
  const started = COMMANDS.map((_, index) => ({
    passed: median(rounds.map(({ commands }) => commands[index].passed)),
    ratio: median(rounds.map(({ node, commands }) => commands[index].passed / node.passed)),
    // Of the sums: a single start is a few ticks.
    workRatio: sum(rounds.map(({ commands }) => commands[index].worked)) / sum(rounds.map(({ node }) => node.worked)),
  }));
  return {
    node: median(rounds.map(({ node }) => node.passed)),
    commands: Object.fromEntries(COMMANDS.map((line, index) => [line, started[index]])),
  };
}

const RULES = Array.from({ length: SERVICES }, (_, index) => {
  const service = `-t 10.${index >> 8}.${index & 255}.1:80`;
  return `-A ${service} -s rr\n-a ${service} -r 192.168.1.11:80 -m -w 1\n`;
}).join('');

/** Seconds that a restore of the rules into an empty table takes, and that client and director work for it. */
function measureRestore({ socket, pid }) {
  const rounds = [];
  for (let round = 0; round <= RESTORE_ROUNDS; round++) {
    timed(join(BIN, 'ipvsadm'), ['-C'], { socket });
    const before = work(pid).own;
    const { passed, worked } = timed(join(BIN, 'ipvsadm'), ['-R'], { socket, input: RULES });
    if (round > 0) rounds.push({ passed: passed / 1000, worked: (worked + work(pid).own - before) / 1000 });
  }
  const passed = rounds.map((each) => each.passed);
  return {
    median: median(passed),
    least: Math.min(...passed),
    most: Math.max(...passed),
    worked: median(rounds.map((each) => each.worked)),
  };
}

const results = {};
try {
  const model = await startDirector('model');
  results.start = measureStarts(model);
  results.restore = { model: measureRestore(model) };
  if (process.getuid() === 0) {
    addNamespace();
    results.restore.ebpf = measureRestore(await startDirector('ebpf'));
  } else {
    console.log('not root: the eBPF engine is left out');
  }
} finally {
  await cleanUp();
}

console.log(`${'an empty Node program'.padEnd(32)} ${results.start.node.toFixed(0)} ms`);
for (const [line, { passed, ratio, workRatio }] of Object.entries(results.start.commands)) {
  const times = `${ratio.toFixed(2)} times the empty program, ${workRatio.toFixed(2)} times its work`;
  console.log(`${line.padEnd(32)} ${passed.toFixed(0)} ms: ${times}`);
}
for (const [engine, { median: middle, least, most, worked }] of Object.entries(results.restore)) {
  const name = `ipvsadm -R, ${2 * SERVICES} lines, ${engine}`;
  const range = `${least.toFixed(2)} to ${most.toFixed(2)}`;
  console.log(`${name.padEnd(32)} ${middle.toFixed(2)} s (${range}), ${worked.toFixed(2)} s of work`);
}
const machine = { node: process.version, cpu: cpus()[0]?.model, processors: cpus().length, load: loadavg()[0] };
console.log(JSON.stringify({ ...machine, rounds: ROUNDS, ...results }));
