import { z } from 'zod';

/** What `tc -json filter show` prints: one entry for the priority, and one with options for each filter of it. */

export interface Filter {
  priority: number;
  /** The kernel's number of the program; absent for what is none. */
  program?: number;
  /** Of the program; else the kind of the filter (`flower`, `u32`). */
  name: string;
}

const schema = z.array(
  z.object({
    pref: z.number().optional(),
    kind: z.string().optional(),
    options: z
      .object({
        bpf_name: z.string().optional(),
        prog: z.object({ id: z.number(), name: z.string().optional() }).optional(),
      })
      .optional(),
  }),
);

/** The filters that stand before a priority, of those that are no programs one for each priority; nothing where the output is none of these. */
export function filtersBefore(text: string, priority: number): Filter[] {
  const read = schema.safeParse(text.trim() === '' ? [] : JSON.parse(text));
  if (!read.success) return [];
  return read.data.flatMap(({ pref = 0, kind = '', options }): Filter[] => {
    if (pref >= priority) return [];
    if (kind !== 'bpf') return options === undefined && kind !== '' ? [{ priority: pref, name: kind }] : [];
    const prog = options?.prog;
    return prog === undefined ? [] : [{ priority: pref, program: prog.id, name: prog.name ?? options?.bpf_name ?? '' }];
  });
}
