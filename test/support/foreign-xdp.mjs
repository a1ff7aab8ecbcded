// Puts an XDP program that passes everything on an interface, as somebody else's: node foreign-xdp.mjs INTERFACE INDEX
// It stays when this ends; `ip link set dev INTERFACE xdp off` takes it off. Prints nothing, or why it cannot be put there.
import koffi from 'koffi';

const [name, index] = process.argv.slice(2);
const BPF_PROG_TYPE_XDP = 6;
/** Not in the place of another; by the driver. */
const XDP_FLAGS = (1 << 0) | (1 << 2);

/** r0 = XDP_PASS; exit */
const INSTRUCTIONS = Buffer.from('b7000000020000009500000000000000', 'hex');

const bpf = koffi.load('libbpf.so.1');
const load = bpf.func('bpf_prog_load', 'int', ['int', 'string', 'string', 'void *', 'size_t', 'void *']);
const attach = bpf.func('bpf_xdp_attach', 'int', ['int', 'int', 'uint32', 'void *']);
bpf.func('libbpf_set_print', 'void *', ['void *'])(null);

const program = load(BPF_PROG_TYPE_XDP, 'foreign', 'GPL', INSTRUCTIONS, INSTRUCTIONS.length / 8, null);
if (program < 0) throw new Error(`not loaded: errno ${-program}`);
const result = attach(Number(index), program, XDP_FLAGS, null);
const reason = Object.entries(koffi.os.errno).find(([, number]) => number === -result)?.[0];
if (result < 0) process.stdout.write(`${name}: ${reason}`);
