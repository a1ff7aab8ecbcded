// Exits 0 when node_modules holds what package-lock.json asks for; else prints the first difference and exits 1.
//
// npm keeps its own account of what it installed in node_modules/.package-lock.json, so no mark of ours can go stale when
// somebody runs npm by hand. Packages for other platforms are optional in the one and absent from the other.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.argv[2] ?? '.';

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function isForThisMachine({ os, cpu, libc }) {
  return (
    (os ?? []).includes(process.platform) && (cpu ?? []).includes(process.arch) && (libc ?? ['glibc']).includes('glibc')
  );
}

function firstDifference(locked, installed) {
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue;
    const present = installed[path];
    if (present === undefined) {
      if (wanted.optional && !isForThisMachine(wanted)) continue;
      return `${path} is not installed`;
    }
    if (present.version !== wanted.version) return `${path} is ${present.version}, not ${wanted.version}`;
    if (!existsSync(join(root, path))) return `${path} is gone`;
  }
  const extra = Object.keys(installed).find((path) => locked[path] === undefined);
  return extra && `${extra} is not in package-lock.json`;
}

const locked = packagesOf('package-lock.json');
const installed = packagesOf('node_modules/.package-lock.json');
const difference =
  locked === undefined
    ? 'package-lock.json is missing or unreadable'
    : installed === undefined
      ? 'nothing is installed'
      : firstDifference(locked, installed);
if (difference !== undefined) {
  console.log(difference);
  process.exit(1);
}
