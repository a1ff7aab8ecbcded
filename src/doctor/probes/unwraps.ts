import { z } from 'zod';

const schema = z.object({ vips: z.array(z.string()) });

/** The VIPs of `weir decap status --json`; none where nothing is unwrapped. */
export function readUnwraps(text: string): string[] {
  if (text.trim() === '') return [];
  const status = schema.safeParse(JSON.parse(text));
  return status.success ? status.data.vips : [];
}
