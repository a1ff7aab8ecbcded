import type { Outcome } from '../../kernel/process.ts';
import { run } from '../../kernel/process.ts';

/** A place where a script for `sh` runs: this host, a network namespace, a host behind ssh. */
export interface Shell {
  /** How people call the host. */
  name: string;
  /** The options it is reached with, `--lab seed`: there may be others of its name. '' for this host. */
  options: string;
  /** What stands before `sh`: nothing, `nsenter --net=...`, `ssh root@web1`. */
  prefix: readonly string[];
}

const TIMEOUT = 20_000;

/** Runs a script to its end. How it ended is for the caller to judge. @throws WeirError TOOL_MISSING */
export async function runScript(shell: Shell, script: string): Promise<Outcome> {
  return await run([...shell.prefix, 'sh', '-s'], { input: script, timeout: TIMEOUT });
}
