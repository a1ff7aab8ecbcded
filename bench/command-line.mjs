// What the command line costs: the start of `ipvsadm -L -n` on an empty table against that of an empty Node program, and
// `ipvsadm -R` of 10,000 lines through a director with each engine. Prints a table and JSON.
// Run on a build, as root for the eBPF engine: npm run build && node bench/command-line.mjs [rounds]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROUNDS = Number(process.argv[2] ?? 15);
const RESTORE_ROUNDS = Math.min(ROUNDS, 5);
const SERVICES = 5_000;

const BIN = resolve(import.meta.dirname, '../bin');
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
const namespace = `weir-bench-${process.pid}`;
const directors = [];

/** Milliseconds that a program takes, from starting it to its end. */
function timed(program, argv, { socket, input = '' } = {}) {
  const began = performance.now();
  const { status, stderr } = spawnSync(program, argv, {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...(socket === undefined ? {} : { WEIR_SOCKET: socket }) },
  });
  const milliseconds = performance.now() - began;
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${status}: ${stderr}`);
  return milliseconds;
}

const run = (program, ...argv) => timed(program, argv);

/** Starts a director and waits until it is ready. @returns its socket */
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
    return socket;
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

/** Both programs in turn, so that what else the machine does falls on both; the first round warms up. */
async function measureStart() {
  const socket = await startDirector('model');
  const empty = join(folder, 'empty.js');
  writeFileSync(empty, '');
  const samples = { list: [], node: [], ratio: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const node = timed(process.execPath, [empty]);
    const list = timed(process.execPath, [join(BIN, 'ipvsadm'), '-L', '-n'], { socket });
    if (round === 0) continue;
    samples.node.push(node);
    samples.list.push(list);
    samples.ratio.push(list / node);
  }
  return { node: median(samples.node), list: median(samples.list), ratio: median(samples.ratio), socket };
}

const RULES = Array.from({ length: SERVICES }, (_, index) => {
  const service = `-t 10.${index >> 8}.${index & 255}.1:80`;
  return `-A ${service} -s rr\n-a ${service} -r 192.168.1.11:80 -m -w 1\n`;
}).join('');

/** Seconds that a restore of the rules into an empty table takes. */
function measureRestore(socket) {
  const seconds = [];
  for (let round = 0; round <= RESTORE_ROUNDS; round++) {
    timed(join(BIN, 'ipvsadm'), ['-C'], { socket });
    const milliseconds = timed(join(BIN, 'ipvsadm'), ['-R'], { socket, input: RULES });
    if (round > 0) seconds.push(milliseconds / 1000);
  }
  return { median: median(seconds), least: Math.min(...seconds), most: Math.max(...seconds) };
}

const results = {};
try {
  const { socket, ...start } = await measureStart();
  results.start = start;
  results.restore = { model: measureRestore(socket) };
  if (process.getuid() === 0) {
    addNamespace();
    results.restore.ebpf = measureRestore(await startDirector('ebpf'));
  } else {
    console.log('not root: the eBPF engine is left out');
  }
} finally {
  await cleanUp();
}

const { node, list, ratio } = results.start;
console.log(`an empty Node program            ${node.toFixed(0)} ms`);
console.log(`ipvsadm -L -n, empty table       ${list.toFixed(0)} ms, ${ratio.toFixed(2)} times the empty program`);
for (const [engine, { median: middle, least, most }] of Object.entries(results.restore)) {
  const name = `ipvsadm -R, ${2 * SERVICES} lines, ${engine}`;
  console.log(`${name.padEnd(32)} ${middle.toFixed(2)} s (${least.toFixed(2)} to ${most.toFixed(2)})`);
}
const machine = { node: process.version, cpu: cpus()[0]?.model, processors: cpus().length, load: loadavg()[0] };
console.log(JSON.stringify({ ...machine, rounds: ROUNDS, ...results }));
