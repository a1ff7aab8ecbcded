import type { z } from 'zod';
import { WeirError } from '../../base/error.ts';
import { run } from '../../kernel/process.ts';

/**
 * What a program prints as JSON; its empty output counts as an empty list, as `ip -json` means it.
 * @throws WeirError SETUP_FAILED, TOOL_MISSING
 */
export async function readJson<T>(argv: readonly string[], schema: z.ZodType<T>): Promise<T> {
  const text = await readText(argv);
  return schema.parse(JSON.parse(text.trim() === '' ? '[]' : text));
}

/** What a program prints. @throws WeirError SETUP_FAILED, TOOL_MISSING */
export async function readText(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  if (code === 0) return stdout;
  throw new WeirError('SETUP_FAILED', 'the state of this host cannot be read', {
    where: argv.join(' '),
    found: stderr.trim(),
  });
}
