import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
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
