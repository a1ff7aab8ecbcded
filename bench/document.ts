import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from './facts.ts';
import type { Suite } from './suite.ts';
import { number } from './text.ts';

const DOCUMENT = 'docs/performance.md';
/** The results that the document is made of, and its pictures. */
const FOLDER = 'docs/performance';

const HEAD = `# Performance

Measured by \`npm run bench\`, which writes this file (\`--write\`); do not edit it by hand. Each section is one suite of [bench/](../bench), with the
machine it was measured on and how to repeat it; the figures it is made of are in [performance/](performance).

Everything runs in network namespaces on one machine, and what is compared is measured in turn within the same rounds. Compare columns, not machines.

For a quick look at one case, a few seconds:

    npm run bench -- --suite packet --measures dr --flows 1 --rounds 3`;

/**
 * Keeps a result as that of its suite, and writes docs/performance.md anew of the results of all suites.
 * @returns the files that were written
 */
export function writeDocument(root: string, suites: readonly Suite[], result: Facts): string[] {
  const folder = join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.suite}.json`), `${JSON.stringify(result)}\n`);
  const sections: string[] = [];
  const pictures = new Map<string, string>();
  for (const suite of suites) {
    const file = join(folder, `${suite.name}.json`);
    if (!existsSync(file)) continue;
    const kept: Facts = JSON.parse(readFileSync(file, 'utf8'));
    sections.push(suite.section(kept));
    for (const [name, svg] of Object.entries(suite.plots?.(kept) ?? {})) pictures.set(name, svg);
  }
  for (const name of readdirSync(folder)) if (name.endsWith('.svg') && !pictures.has(name)) rmSync(join(folder, name));
  for (const [name, svg] of pictures) writeFileSync(join(folder, name), svg);
  writeFileSync(join(root, DOCUMENT), `${[HEAD, ...sections].join('\n\n')}\n`);
  return [DOCUMENT, `${FOLDER}/${result.suite}.json`, ...[...pictures.keys()].map((name) => `${FOLDER}/${name}`)];
}

/** Load average a processor above which the machine had other work. */
const BUSY = 0.25;

/** Date, machine and versions as a table. @param method the last row */
export function factsTable({ date, commit, machine, load }: Facts, method: string): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return `| | |
|---|---|
| date | ${date.slice(0, 16).replace('T', ' ')} UTC${commit === '' ? '' : `, commit ${commit}`} |
| machine | ${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB |
| system | ${machine.kernel} |
| programs | ${versions.join(', ')} |
| method | ${method}; load average of the machine before: ${number(load.before, 2)} |`;
}

/** True if the machine had other work before the run. */
export function wasBusy({ machine, load }: Facts): boolean {
  return load.before > BUSY * machine.processors;
}
