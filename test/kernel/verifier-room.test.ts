import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadObject, type LoadedObject } from '../../src/kernel/bpf-object.ts';
import { OBJECT_FOLDER, PACKAGE_FOLDER } from '../../src/kernel/package.ts';

/** What the verifier follows at most of a program (BPF_COMPLEXITY_LIMIT_INSNS). */
const MOST = 1_000_000;
/** The part of it that a program may take: other kernels take more or less, up to sixty times, and what is added must have room. */
const ROOM = MOST / 4;

/** By object, the files that name its programs; those that explain leave some out. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  tc: ['tc.bpf.c'],
  tc6: ['tc6.bpf.c'],
  xdp: ['xdp.bpf.c'],
  xdp6: ['xdp6.bpf.c'],
  explain: ['tc.bpf.c'],
  explain6: ['tc6.bpf.c'],
  choose: ['choose.bpf.c'],
  sweep: ['sweep.bpf.c', 'sweep/sweep.h'],
  sweep6: ['sweep/sweep.h'],
  decap: ['decap.bpf.c'],
};

function namesIn(files: readonly string[]): string[] {
  const text = files.map((file) => readFileSync(`${PACKAGE_FOLDER}bpf/${file}`, 'utf8')).join('\n');
  return [...text.matchAll(/^SEC\(.*\)\nint (\w+)\(/gmu)].map(([, name = '']) => name);
}

/** Instructions that the verifier has followed in a program, undefined if the object has none of that name. */
function followed(object: LoadedObject, name: string): number | undefined {
  let program: number;
  try {
    program = object.program(name);
  } catch {
    return undefined;
  }
  const info = readFileSync(`/proc/self/fdinfo/${program}`, 'utf8');
  return Number(/^verified_insns:\s*(\d+)$/mu.exec(info)?.[1]);
}

/** `WEIR_VERIFIER=print` prints them all: the table of decision 0020 is made of that. */
test.each(Object.entries(SOURCES))(
  'no program of %s takes the verifier a quarter of what it follows',
  (name, files) => {
    const object = loadObject(`${OBJECT_FOLDER}/${name}.bpf.o`, { reuse: new Map(), sizes: new Map() });
    try {
      const taken = namesIn(files).flatMap((program) => {
        const instructions = followed(object, program);
        return instructions === undefined ? [] : [{ program, instructions }];
      });
      if (process.env['WEIR_VERIFIER'] === 'print') console.table(taken);
      expect(taken.length).toBeGreaterThan(0);
      expect(taken.filter(({ instructions }) => !(instructions < ROOM))).toEqual([]);
    } finally {
      object.close();
    }
  },
);
