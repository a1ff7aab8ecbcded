import { readFileSync } from 'node:fs';
import { PACKAGE_FOLDER } from '../kernel/package.ts';

/** Version of the package, as in package.json. */
export function packageVersion(): string {
  const text = readFileSync(`${PACKAGE_FOLDER}package.json`, 'utf8');
  const content: unknown = JSON.parse(text);
  const version = typeof content === 'object' && content !== null && 'version' in content ? content.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}
