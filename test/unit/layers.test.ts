import { execFile } from 'node:child_process';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../support/source-files.ts';
import { importsOf, isTest, ROOT, sourceFiles } from '../support/source-files.ts';

/** A folder of src/ imports from those before it and from itself. docs/architecture.md says what each is for. */
const LAYERS = [
  'base',
  'net',
  'lvs',
  'walk',
  'sim',
  'ipvsadm',
  'config',
  'kernel',
  'setup',
  'engine',
  'health',
  'doctor',
  'cluster',
  'daemon',
  'lab',
  'cli',
];
/** These run in a browser as well. */
const PURE = new Set(['base', 'net', 'lvs', 'walk', 'sim', 'ipvsadm']);
/** Time or chance may be passed in, and where they are not, the file has its own. */
const FALLS_BACK_ON_ITS_OWN = ['src/lvs/director.ts'];
/** What the console may take from src/. */
const OPEN_TO_CONSOLE = new Set(['base', 'net', 'lvs', 'sim']);

const typescript = /\.tsx?$/;
const sources = sourceFiles(['src'], typescript).filter((file) => !isTest(file));

const layerOf = (path: string): string => path.split('/')[1] ?? '';

/** `FILE imports TARGET` for each import of the given files that is forbidden. */
function offences(files: SourceFile[], isForbidden: (path: string, specifier: string, target?: string) => boolean) {
  return files.flatMap((file) =>
    importsOf(file)
      .filter(({ specifier, target }) => isForbidden(file.path, specifier, target))
      .map(({ specifier, target }) => `${file.path} imports ${target ?? specifier}`),
  );
}

describe('the layers of src/', () => {
  test('every folder is a layer', () => {
    const folders = new Set(sources.map(({ path }) => layerOf(path)));
    expect([...folders].filter((folder) => !LAYERS.includes(folder))).toEqual([]);
  });

  test('a layer imports only from those before it and from itself', () => {
    const upwards = offences(sources, (path, _specifier, target) => {
      if (target === undefined) return false;
      return !target.startsWith('src/') || LAYERS.indexOf(layerOf(target)) > LAYERS.indexOf(layerOf(path));
    });
    expect(upwards).toEqual([]);
  });

  test('imports name the file they mean', () => {
    const names = new Set(sourceFiles(['src'], /./).map(({ path }) => path));
    expect(offences(sources, (_path, _specifier, target) => target !== undefined && !names.has(target))).toEqual([]);
  });

  test('folders do not depend on each other in a circle', () => {
    expect(circles(folderGraph(sources))).toEqual([]);
  });

  test('the console takes from src/ only what is pure', () => {
    const console = sourceFiles(['console'], typescript).filter((file) => !isTest(file));
    const outside = offences(console, (_path, _specifier, target) => {
      return target?.startsWith('src/') === true && !OPEN_TO_CONSOLE.has(layerOf(target));
    });
    expect(outside).toEqual([]);
  });
});

describe('the pure layers', () => {
  const pure = sources.filter(({ path }) => PURE.has(layerOf(path)));

  test('import nothing of Node', () => {
    const ofNode = (specifier: string) => specifier.startsWith('node:') || builtinModules.includes(specifier);
    expect(offences(pure, (_path, specifier) => ofNode(specifier))).toEqual([]);
  });

  test('import no package', () => {
    expect(offences(pure, (_path, _specifier, target) => target === undefined)).toEqual([]);
  });

  test('use no global of Node: they compile where only those of a browser are declared', async () => {
    expect(await compilerMessages('test/unit/browser.tsconfig.json')).toBe('');
  });

  test('take time and chance from their caller', () => {
    const own = /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout\(|setInterval\(|crypto\.)/;
    expect(pure.filter(({ text }) => own.test(text)).map(({ path }) => path)).toEqual(FALLS_BACK_ON_ITS_OWN);
  });
});

function compilerMessages(project: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project, '--noEmit'], { cwd: ROOT }, (error, stdout) => {
      if (error !== null && stdout === '') reject(error);
      else resolve(stdout);
    });
  });
}

/**
 * Which folder needs which others. A folder and a room inside it (src/lvs and src/lvs/schedulers) may know each other, and
 * count as one when something else is concerned with either.
 */
function folderGraph(files: SourceFile[]): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of files) {
    const from = dirname(file.path);
    for (const { target } of importsOf(file)) {
      if (target === undefined) continue;
      const to = dirname(target);
      if (from === to || from.startsWith(`${to}/`) || to.startsWith(`${from}/`)) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return graph;
}

/** Each circle once, as `a -> b -> a`, beginning with the folder that comes first in the alphabet. */
function circles(graph: Map<string, Set<string>>): string[] {
  const found = new Set<string>();
  const walk = (folder: string, trail: string[]): void => {
    const seen = trail.indexOf(folder);
    if (seen >= 0) {
      const circle = trail.slice(seen);
      if (folder === circle.toSorted()[0]) found.add([...circle, folder].join(' -> '));
      return;
    }
    for (const next of graph.get(folder) ?? []) walk(next, [...trail, folder]);
  };
  for (const folder of graph.keys()) walk(folder, []);
  return [...found];
}
