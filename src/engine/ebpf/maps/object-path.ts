import { fileURLToPath } from 'node:url';

export type ObjectName = 'tc' | 'tc6' | 'explain' | 'explain6' | 'xdp' | 'xdp6' | 'sweep' | 'sweep6' | 'choose';

/** Path of a compiled object; the same from src/ and from dist/. */
export function objectPath(name: ObjectName): string {
  return fileURLToPath(new URL(`../../../../bpf/objects/${name}.bpf.o`, import.meta.url));
}
