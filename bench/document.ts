import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from './facts.ts';
import type { Suite } from './suite.ts';
import { number } from './text.ts';

const DOCUMENT = 'docs/performance.md';
/** The results that the document is made of, and its pictures. */
const FOLDER = 'docs/performance';

const HEAD = `# Performance

Measured by \`npm run bench\`, which writes this file (\`--write\`); do not edit it by hand. Each section is one suite of [bench/](../bench), with the
machine it was measured on and how to repeat it.

Everything runs in network namespaces on one machine, and what is compared is measured in turn within the same rounds. Compare columns, not machines.

For a quick look at one case, a few seconds:

    npm run bench -- --suite packet --measures dr --flows 1 --rounds 3`;

/**
 * Keeps a result as that of its suite, and writes its section of docs/performance.md and its pictures; the other sections stay.
 * @returns the files that were written
 */
export function writeDocument(root: string, suites: readonly Suite[], suite: Suite, result: Facts): string[] {
  mkdirSync(join(root, FOLDER), { recursive: true });
  const document = join(root, DOCUMENT);
  const sections = sectionsOf(existsSync(document) ? readFileSync(document, 'utf8') : '');
  const own = suite.section(result);
  sections.set(titleOf(own), own);
  const files = new Map([[`${FOLDER}/${suite.name}.json`, `${JSON.stringify(result)}\n`]]);
  for (const [name, svg] of Object.entries(suite.plots?.(result) ?? {})) files.set(`${FOLDER}/${name}`, svg);
  const ordered = suites.flatMap(({ title }) => sections.get(title) ?? []);
  files.set(DOCUMENT, `${[HEAD, ...ordered].join('\n\n')}\n`);
  for (const [file, text] of files) writeFileSync(join(root, file), text);
  return [...files.keys()];
}

/** The sections of a document by title, each from its `##` on. */
function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^(?=## )/m).slice(1);
  return new Map(parts.map((part) => [titleOf(part), part.trimEnd()]));
}

const titleOf = (section: string): string => /^## (.*)$/m.exec(section)?.[1] ?? '';

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
