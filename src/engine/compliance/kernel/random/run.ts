import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../../../../base/error.ts';
import type { Play } from './episode.ts';
import type { Played } from './play.ts';

const INSIDE = fileURLToPath(new URL('inside.js', import.meta.url));

/**
 * Plays episodes on the IPVS of this kernel, or of that of a virtual machine; or reduces them there to what still differs.
 * @param vm a program that runs a command in one; undefined: here
 * @throws WeirError LAB_FAILED if it ends before all are played
 */
export async function onKernel(
  vm: string | undefined,
  what: 'play' | 'reduce',
  plays: readonly Play[],
): Promise<Played[]> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-episodes-'));
  try {
    const file = join(folder, 'episodes.json');
    writeFileSync(file, JSON.stringify(plays));
    const { code, text } = await printed([...(vm === undefined ? [] : [vm]), process.execPath, INSIDE, what, file]);
    const lines = text.split('\n');
    const played = lines.filter((line) => line.startsWith('{')).map((line): Played => JSON.parse(line));
    if (code === 0 && played.length === plays.length) return played;
    const rest = lines.filter((line) => !line.startsWith('{')).join('\n');
    throw new WeirError('LAB_FAILED', `of ${plays.length} episodes ${played.length} were played`, {
      found: `exit code ${code}: ${rest.trim()}`,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function printed([program = '', ...words]: readonly string[]): Promise<{ code: number; text: string }> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], cwd: tmpdir() });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  return { code, text: Buffer.concat(pieces).toString('utf8') };
}
