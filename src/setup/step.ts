import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { WeirError } from '../base/error.ts';
import { BIN_FOLDER } from '../kernel/package.ts';
import { run } from '../kernel/process.ts';

/** One change to the host. What Weir does and what it prints for people to type are made of the same steps. */
export type Step =
  | { do: 'sysctl'; path: string; value: string }
  | { do: 'run'; argv: readonly string[]; input?: string }
  | { do: 'file'; path: string; content: string }
  | { do: 'link'; path: string; target: string }
  | { do: 'remove'; path: string };

export function command(line: string, input?: string): Step {
  return {
    do: 'run',
    argv: line.split(/\s+/).filter((word) => word !== ''),
    ...(input === undefined ? {} : { input }),
  };
}

/**
 * Carries out a step.
 * @throws WeirError SETUP_FAILED with what the kernel or the program answered; TOOL_MISSING
 */
export async function perform(step: Step): Promise<void> {
  try {
    await carryOut(step);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw refused(step, error instanceof Error ? error.message : String(error));
  }
}

async function carryOut(step: Step): Promise<void> {
  switch (step.do) {
    case 'sysctl':
      return writeFileSync(`/proc/sys/${step.path}`, step.value);
    case 'file':
      mkdirSync(dirname(step.path), { recursive: true });
      return writeFileSync(step.path, step.content);
    case 'link':
      mkdirSync(dirname(step.path), { recursive: true });
      rmSync(step.path, { force: true });
      return symlinkSync(step.target, step.path);
    case 'remove':
      return rmSync(step.path, { force: true });
    case 'run': {
      const { code, stdout, stderr } = await run(
        launchable(step.argv),
        step.input === undefined ? {} : { input: step.input },
      );
      if (code !== 0) throw refused(step, (stderr || stdout).trim() || `exit code ${code}`);
    }
  }
}

/** `weir` is this very program, wherever it is installed. */
function launchable([program = '', ...args]: readonly string[]): string[] {
  return program === 'weir' ? [process.execPath, `${BIN_FOLDER}/weir`, ...args] : [program, ...args];
}

function refused(step: Step, found: string): WeirError {
  const notPermitted = /not permitted|EPERM|EACCES|must be root/u.test(found);
  return new WeirError('SETUP_FAILED', 'a step of the set-up was refused', {
    where: shellText(step),
    found,
    ...(notPermitted ? { fix: 'repeat the command as root' } : {}),
  });
}

/** A step as somebody would type it in a shell. */
export function shellText(step: Step): string {
  switch (step.do) {
    case 'sysctl':
      return `sysctl -w ${sysctlKey(step.path)}=${quoted(step.value)}`;
    case 'file':
      return `cat > ${quoted(step.path)} <<'END'\n${step.content.replace(/\n?$/u, '\n')}END`;
    case 'link':
      return `ln -sfn ${quoted(step.target)} ${quoted(step.path)}`;
    case 'remove':
      return `rm -f ${quoted(step.path)}`;
    case 'run': {
      const line = step.argv.map(quoted).join(' ');
      return step.input === undefined ? line : `${line} <<'END'\n${step.input.replace(/\n?$/u, '\n')}END`;
    }
  }
}

/** `net.ipv4.ip_forward`; with slashes where the name of an interface holds a dot, as sysctl(8) reads it too. */
export function sysctlKey(path: string): string {
  return path.includes('.') ? path : path.replaceAll('/', '.');
}

/** What a symbolic link leads to; undefined where there is none. */
export function linkTarget(path: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

function quoted(word: string): string {
  return /^[\w./:@=%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
