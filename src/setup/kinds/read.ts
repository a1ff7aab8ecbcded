import { WeirError } from '../../base/error.ts';
import { run } from '../../kernel/process.ts';

/** What a program prints. @throws WeirError SETUP_FAILED, TOOL_MISSING */
export async function readText(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  if (code === 0) return stdout;
  throw new WeirError('SETUP_FAILED', 'the state of this host cannot be read', {
    where: argv.join(' '),
    found: stderr.trim(),
  });
}
