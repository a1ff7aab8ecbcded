import { fileURLToPath } from 'node:url';

/** The folder of the repository: the same from bench/ and from bench/dist/. */
const ROOT = import.meta.url.replace(/\/bench\/(dist\/bench\/)?[^/]*$/, '/');

/** Path of an object of bench/bpf. */
export function benchObject(name: string): string {
  return fileURLToPath(`${ROOT}bench/bpf/objects/${name}.bpf.o`);
}

/** Path of an object of the engine, which looks for its own beside its compiled modules. */
export function engineObject(name: string): string {
  return fileURLToPath(`${ROOT}bpf/objects/${name}.bpf.o`);
}
