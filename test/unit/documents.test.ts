import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../src/cli/terminal/exit-codes.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { FAULTS } from '../../src/engine/faults.ts';
import { ROUTES } from '../../src/daemon/routes.ts';

function document(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

test('docs/exit-codes.md has a row for each exit code', () => {
  const rows = [...document('exit-codes.md').matchAll(/^\| (\d+) \|/gmu)].map(([, code]) => Number(code));
  expect(rows).toEqual(Object.values(EXIT));
});

test('docs/api.md has a row for each route, and no other', () => {
  const rows = [...document('api.md').matchAll(/^\| `([A-Z]+ \/[^\s`?]+)\S*` \|/gmu)].map(([, route]) => route);
  expect(new Set(rows)).toEqual(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`)));
});

test.each(['commands.md', 'zh/commands.md'])('docs/%s tells of every command', (name) => {
  const table = document(name)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .join(' ');
  const told = new Set(table.match(/[a-z]+/gu));
  expect(COMMANDS.map((entry) => entry.name).filter((command) => !told.has(command))).toEqual([]);
});

test.each(['faults.md', 'zh/faults.md'])('docs/%s has a section for each fault, and no other', (name) => {
  const sections = [...document(name).matchAll(/^### (\S+)$/gmu)].map(([, fault]) => fault);
  expect(sections).toEqual([...FAULTS]);
});
