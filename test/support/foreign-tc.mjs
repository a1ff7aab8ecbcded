// Puts a TC program that leaves everything to the next one before all others on an interface, as somebody else's:
// node foreign-tc.mjs tcx|clsact INTERFACE INDEX
// It stays as long as the interface. Prints nothing, or why it cannot be put there.
import koffi from 'koffi';

const [hook, name, index] = process.argv.slice(2);
const BPF_PROG_TYPE_SCHED_CLS = 3;
const BPF_TCX_INGRESS = 46;
const BPF_F_BEFORE = 1 << 3;
const BPF_TC_INGRESS = 1;
/** Filters of lower priorities come first. */
const PRIORITY = 10;

/** r0 = TC_ACT_UNSPEC, which tcx calls TCX_NEXT; exit */
const INSTRUCTIONS = Buffer.from('b7000000ffffffff9500000000000000', 'hex');

const bpf = koffi.load('libbpf.so.1');
const load = bpf.func('bpf_prog_load', 'int', ['int', 'string', 'string', 'void *', 'size_t', 'void *']);
const attach = bpf.func('bpf_prog_attach', 'int', ['int', 'int', 'int', 'uint']);
const makeHook = bpf.func('bpf_tc_hook_create', 'int', ['void *']);
const addFilter = bpf.func('bpf_tc_attach', 'int', ['void *', 'void *']);
bpf.func('libbpf_set_print', 'void *', ['void *'])(null);

const program = load(BPF_PROG_TYPE_SCHED_CLS, 'foreign', 'GPL', INSTRUCTIONS, INSTRUCTIONS.length / 8, null);
if (program < 0) throw new Error(`not loaded: errno ${-program}`);
const result = hook === 'tcx' ? attach(program, Number(index), BPF_TCX_INGRESS, BPF_F_BEFORE) : atClsact();
const reason = Object.entries(koffi.os.errno).find(([, number]) => number === -result)?.[0];
if (result < 0) process.stdout.write(`${name}: ${reason}`);

function atClsact() {
  /** struct bpf_tc_hook: sz, ifindex, attach_point, parent */
  const place = Buffer.alloc(24);
  place.writeBigUInt64LE(24n, 0);
  place.writeUInt32LE(Number(index), 8);
  place.writeUInt32LE(BPF_TC_INGRESS, 12);
  makeHook(place);
  /** struct bpf_tc_opts: sz, prog_fd, flags, prog_id, handle, priority */
  const options = Buffer.alloc(32);
  options.writeBigUInt64LE(32n, 0);
  options.writeUInt32LE(program, 8);
  options.writeUInt32LE(1, 20);
  options.writeUInt32LE(PRIORITY, 24);
  return addFilter(place, options);
}
