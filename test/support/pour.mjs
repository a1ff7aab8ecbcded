// Sends crafted frames out of an interface of this network namespace, so many a second, until SIGTERM; says how many it has sent.
// No more are under way than the queue of a veth holds, so that what does not arrive is lost by nobody but who forwards. The program keeps
// the pace, since to begin a run takes the kernel some grace periods, 24 ms where nothing else goes on.
// Arguments: number of the interface, number of the map that counts arrivals, the plan in hexadecimal (bench/frames/plan.ts), frames
// a second. Linux 5.19 or newer, as root.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BpfMap, indexKey, possibleCpus } from '../../dist/kernel/bpf-map.js';
import { loadObject } from '../../dist/kernel/bpf-object.js';
import { libbpf } from '../../dist/kernel/libbpf.js';
import { sendFrames } from '../../dist/kernel/test-run.js';

/** Frames that are flushed together. */
const BATCH = 64;
/** Of the 256 places of a veth's ring. */
const UNDER_WAY = 3 * BATCH;
/** Runs of the program for a call, most of which have nothing to send: some tenths of a second. */
const RUNS = 1_000_000;
const FRAME_BYTES = 64;
const SENT_AT = 88;

const [outgoing, arrivals, plan, rate] = process.argv.slice(2);
const bytes = Buffer.from(plan, 'hex');
const path = fileURLToPath(new URL('../../bench/bpf/objects/generate.bpf.o', import.meta.url));
const arrived = new BpfMap(libbpf().map_fd_by_id(Number(arrivals)), 'sunk');
const object = loadObject(path, { reuse: new Map([['sunk', arrived.fd]]), sizes: new Map() });
const plans = new BpfMap(object.maps.get('plans'), 'plans');
new BpfMap(object.maps.get('outgoing'), 'outgoing').set(0, indexKey(Number(outgoing)));
plans.set(0, bytes);

function arrivedSoFar() {
  const counts = arrived.at(0);
  return Array.from({ length: possibleCpus() }, (_, cpu) => counts.readBigUInt64LE(cpu * 8)).reduce(
    (sum, count) => sum + count,
    0n,
  );
}

/** struct frame_pace of bench/bpf/generate.bpf.c. */
const pace = Buffer.alloc(32);
pace.writeBigUInt64LE(BigInt(Math.round(1e9 / Number(rate))), 0);
pace.writeBigUInt64LE(arrivedSoFar(), 16);
pace.writeUInt32LE(UNDER_WAY, 24);
pace.writeUInt32LE(possibleCpus(), 28);
new BpfMap(object.maps.get('paces'), 'paces').set(0, pace);

const end = new AbortController();
process.on('SIGTERM', () => end.abort());
process.stdout.write('sending\n');
for (; !end.signal.aborted; await nextTurn()) {
  try {
    sendFrames(object.program('generate_paced'), bytes.subarray(0, FRAME_BYTES), RUNS, BATCH);
  } catch (error) {
    // A signal ends the call.
    if (error.errno !== 'EINTR') throw error;
  }
}
process.stdout.write(`${plans.at(0).readBigUInt64LE(SENT_AT)}\n`);
process.exit(0);
