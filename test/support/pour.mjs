// Sends crafted frames out of an interface of this network namespace, so many a second, until SIGTERM; says how many it has sent.
// No more are under way than the queue of a veth holds, so that what does not arrive is lost by nobody but who forwards.
// Arguments: number of the interface, number of the map that counts arrivals, the plan in hexadecimal (bench/frames/plan.ts), frames
// a second. Linux 5.18 or newer, as root.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BpfMap, indexKey, possibleCpus } from '../../dist/kernel/bpf-map.js';
import { loadObject } from '../../dist/kernel/bpf-object.js';
import { libbpf } from '../../dist/kernel/libbpf.js';
import { sendFrames } from '../../dist/kernel/test-run.js';

const BATCH = 64;
/** Of the 256 places of a veth's ring. */
const UNDER_WAY = 3 * BATCH;
const FRAME_BYTES = 64;
const SENT_AT = 88;

const [outgoing, arrivals, plan, rate] = process.argv.slice(2);
const bytes = Buffer.from(plan, 'hex');
const path = fileURLToPath(new URL('../../bench/bpf/objects/generate.bpf.o', import.meta.url));
const object = loadObject(path, { reuse: new Map(), sizes: new Map() });
const plans = new BpfMap(object.maps.get('plans'), 'plans');
const arrived = new BpfMap(libbpf().map_fd_by_id(Number(arrivals)), 'sunk');
new BpfMap(object.maps.get('outgoing'), 'outgoing').set(0, indexKey(Number(outgoing)));
plans.set(0, bytes);

const sentSoFar = () => Number(plans.at(0).readBigUInt64LE(SENT_AT));
function arrivedSoFar() {
  const counts = arrived.at(0);
  return Array.from({ length: possibleCpus() }, (_, cpu) => Number(counts.readBigUInt64LE(cpu * 8))).reduce(
    (sum, count) => sum + count,
  );
}

const end = new AbortController();
process.on('SIGTERM', () => end.abort());
process.stdout.write('sending\n');
const before = arrivedSoFar();
const began = performance.now();
for (let behind = 0; !end.signal.aborted; await nextTurn()) {
  const sent = sentSoFar();
  const due = ((performance.now() - began) / 1000) * Number(rate) - behind - sent;
  if (due < BATCH || sent - (arrivedSoFar() - before) > UNDER_WAY - BATCH) continue;
  sendFrames(object.program('generate'), bytes.subarray(0, FRAME_BYTES), BATCH, BATCH);
  // What could not be sent in time is not made up for.
  behind += Math.max(0, due - 10 * BATCH);
}
process.stdout.write(`${sentSoFar()}\n`);
process.exit(0);
