import { fileURLToPath } from 'node:url';

/** Path of an object of bench/bpf; the same from bench/ and from bench/dist/. */
export function benchObject(name: string): string {
  const root = import.meta.url.replace(/\/bench\/(dist\/bench\/)?[^/]*$/, '/');
  return fileURLToPath(`${root}bench/bpf/objects/${name}.bpf.o`);
}
