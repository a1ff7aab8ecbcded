// How many frames one core reads a second: every header decoded, addresses as text. Prints a table and JSON.
// Seconds are those that the process computed, garbage collection included, so that what else runs on the machine counts little.
// Run on a build: npm run build && node bench/net-parse.mjs [rounds]   (WEIR_DIST names another build's folder)
import { resolve } from 'node:path';
import { cpus } from 'node:os';
import { pathToFileURL } from 'node:url';

const dist = resolve(process.env.WEIR_DIST ?? `${import.meta.dirname}/../dist`);
const load = (module) => import(pathToFileURL(`${dist}/net/${module}.js`).href);
const { formatFrame, parseFrame } = await load('frame');
const { frameFaults } = await load('frame-faults');
const { packet } = await load('packet');

const ROUNDS = Number(process.argv[2] ?? 9);
const MICROSECONDS_A_ROUND = 150_000;
/** Different frames in each case: addresses, ports and numbers vary, as they do on a network. */
const FLOWS = 1024;
const FRAMES_A_BATCH = 4 * FLOWS;

const timestamps = [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'timestamps', value: 123_456_789, echo: 987_654_321 }];
const eth = { source: '02:00:00:00:0c:10', destination: '02:00:00:00:00:01' };
const inIpv4 = (flow) => ({ source: `10.${flow & 255}.${flow >> 8}.7`, destination: '10.9.9.9', identification: flow });
const inIpv6 = (flow) => ({ source: `2001:db8:a::${(flow + 16).toString(16)}`, destination: '2001:db8:9::9' });
const tcp = (flow) => ({ source: 1024 + flow, destination: 80, sequence: flow * 65_537, flags: 'PA' });

const CASES = {
  'TCP, 64 bytes': (flow) => ({ ip: inIpv4(flow), tcp: tcp(flow), payload: 10 }),
  'TCP with timestamps, 1514 bytes': (flow) => ({
    ip: inIpv4(flow),
    tcp: { ...tcp(flow), options: timestamps },
    payload: 1448,
  }),
  'TCP over IPv6': (flow) => ({ ip: inIpv6(flow), tcp: tcp(flow), payload: 10 }),
  'TCP in a VLAN': (flow) => ({ vlan: { id: flow & 4095 }, ip: inIpv4(flow), tcp: tcp(flow), payload: 10 }),
  'TCP in IPIP': (flow) => ({ ip: inIpv4(flow), inner: { ip: inIpv4(flow), tcp: tcp(flow), payload: 10 } }),
  'TCP in GUE': (flow) => ({ ip: inIpv4(flow), gue: {}, inner: { ip: inIpv4(flow), tcp: tcp(flow), payload: 10 } }),
  UDP: (flow) => ({ ip: inIpv4(flow), udp: { source: 1024 + flow, destination: 53 }, payload: 40 }),
};

const framesOf = Object.entries(CASES).map(([name, spec]) => ({
  name,
  frames: Array.from({ length: FLOWS }, (_, flow) => packet({ eth, ...spec(flow) })),
}));
framesOf.push({ name: 'all of these mixed', frames: framesOf.flatMap(({ frames }) => frames.slice(0, FLOWS / 8)) });

/** What is done with a frame; the number that comes back keeps the work from being optimised away. */
const JOBS = {
  read: (bytes) => parseFrame(bytes).layers.length,
  'read, use the addresses': (bytes) => {
    const frame = parseFrame(bytes);
    const ip = frame.findLast('ipv4') ?? frame.findLast('ipv6');
    const transport = frame.findLast('tcp') ?? frame.findLast('udp');
    return ip.source.charCodeAt(3) + ip.destination.charCodeAt(3) + transport.source + transport.destination;
  },
  'read, verify': (bytes) => frameFaults(parseFrame(bytes)).length,
  'read, write': (bytes) => formatFrame(parseFrame(bytes)).length,
};

function framesPerSecond(frames, job) {
  let used = 0;
  let count = 0;
  const began = process.cpuUsage();
  let elapsed = 0;
  while (elapsed < MICROSECONDS_A_ROUND) {
    for (let index = 0; index < FRAMES_A_BATCH; index++) used += job(frames[index % frames.length]);
    count += FRAMES_A_BATCH;
    const { user, system } = process.cpuUsage(began);
    elapsed = user + system;
  }
  if (!Number.isFinite(used)) throw new Error('the work was not done');
  return (count / elapsed) * 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Rounds of all cases in turn, so that a disturbance of the machine hits all alike. The first round warms up. */
const samples = new Map();
for (let round = 0; round <= ROUNDS; round++) {
  for (const { name, frames } of framesOf) {
    for (const [job, work] of Object.entries(JOBS)) {
      const rate = framesPerSecond(frames, work);
      const key = `${name}\t${job}`;
      if (round > 0) samples.set(key, [...(samples.get(key) ?? []), rate]);
    }
  }
}

const results = [...samples].map(([key, rates]) => {
  const [name, job] = key.split('\t');
  return { case: name, job, framesPerSecond: Math.round(median(rates)), least: Math.round(Math.min(...rates)) };
});

const width = Math.max(...framesOf.map(({ name }) => name.length));
const jobs = Object.keys(JOBS);
console.log(`${'million frames a second'.padEnd(width)}  ${jobs.join('  ')}`);
for (const { name } of framesOf) {
  const cells = jobs.map((job) => {
    const { framesPerSecond: rate } = results.find((result) => result.case === name && result.job === job);
    return (rate / 1e6).toFixed(2).padStart(job.length);
  });
  console.log(`${name.padEnd(width)}  ${cells.join('  ')}`);
}
console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rounds: ROUNDS, results }));
