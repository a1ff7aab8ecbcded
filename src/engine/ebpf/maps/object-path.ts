import { OBJECT_FOLDER } from '../../../kernel/package.ts';

export type ObjectName = 'tc' | 'tc6' | 'explain' | 'explain6' | 'xdp' | 'xdp6' | 'sweep' | 'sweep6' | 'choose';

/** Path of a compiled object. */
export function objectPath(name: ObjectName): string {
  return `${OBJECT_FOLDER}/${name}.bpf.o`;
}
