import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** From the root of the repository: `src/net/frame.ts`. */
  path: string;
  text: string;
}

const NOT_SOURCES = new Set(['node_modules', 'dist']);

/** The files under the given folders whose name matches. A folder that does not exist has none. */
export function sourceFiles(folders: string[], name: RegExp): SourceFile[] {
  return folders
    .flatMap(pathsUnder)
    .filter((path) => name.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The same for the files at the root itself. */
export function rootFiles(name: RegExp): SourceFile[] {
  return readdirSync(ROOT)
    .filter((path) => name.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function pathsUnder(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NOT_SOURCES.has(entry.name) ? [] : pathsUnder(path);
  });
}

export const isTest = ({ path }: SourceFile): boolean => path.endsWith('.test.ts');
export const isGenerated = ({ path }: SourceFile): boolean => path.includes('.generated.');

/** Lines as `wc -l` counts them. */
export const lineCount = ({ text }: SourceFile): number => text.split('\n').length - 1;

export interface Import {
  /** As written: `../base/error.ts`, `node:fs`, `zod`. */
  specifier: string;
  /** From the root of the repository where the specifier is relative: `src/base/error.ts`. */
  target: string | undefined;
}

const IMPORT_FORMS = [
  /^\s*(?:import|export)\s[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)/g,
];

/** Every import of a file: static, type-only, re-exporting, for effect only, dynamic and in types. */
export function importsOf({ path, text }: SourceFile): Import[] {
  return IMPORT_FORMS.flatMap((form) => [...text.matchAll(form)]).map(([, specifier = '']) => ({
    specifier,
    target: specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : undefined,
  }));
}
