import { z } from 'zod';

/** What `tc -json filter show` prints: one entry for the priority, and one with options for each filter of it. */

export interface ProgramFilter {
  priority: number;
  /** The kernel's number of the program. */
  program: number;
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

/** The filters that are programs and stand before a priority; nothing where the output is none of these. */
export function filtersBefore(text: string, priority: number): ProgramFilter[] {
  const read = schema.safeParse(text.trim() === '' ? [] : JSON.parse(text));
  if (!read.success) return [];
  return read.data.flatMap(({ pref = 0, kind, options }) => {
    const prog = options?.prog;
    if (kind !== 'bpf' || prog === undefined || pref >= priority) return [];
    return [{ priority: pref, program: prog.id, name: prog.name ?? options?.bpf_name ?? '' }];
  });
}
