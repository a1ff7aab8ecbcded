import { readdirSync, readFileSync } from 'node:fs';
import type { FactOf } from '../fact.ts';
import { sysctlKey, type Step } from '../step.ts';
import { inAnyLanguage, type FactKind } from './kind.ts';

/**
 * Settings that the kernel changes as well when this one is written (inet_forward_change in net/ipv4/devinet.c,
 * addrconf_fixup_forwarding in net/ipv6/addrconf.c). They are written down and restored with it.
 */
const DRAWN_ALONG: Readonly<Record<string, () => string[]>> = {
  'net/ipv4/ip_forward': () => ['net/ipv4/conf/all/accept_redirects', ...ofEveryInterface('ipv4', 'forwarding')],
  'net/ipv6/conf/all/forwarding': () => ofEveryInterface('ipv6', 'forwarding'),
};

/** Found: the value, then `path=value` for each setting that is drawn along; nothing where the kernel has no such setting. */
export const sysctlKind: FactKind<FactOf<'sysctl'>> = {
  identity: ({ path }) => `sysctl ${path}`,
  subject: ({ path }) => inAnyLanguage(sysctlKey(path)),
  wanted({ value, accepts = [] }) {
    const values = [value, ...accepts];
    return { en: values.join(' or '), zh: values.join(' 或 ') };
  },
  async read({ path }) {
    const value = readValue(path);
    if (value === undefined) return [];
    const along = DRAWN_ALONG[path]?.() ?? [];
    return [value, ...along.filter((other) => other !== path).map((other) => `${other}=${readValue(other) ?? ''}`)];
  },
  holds: ({ value, accepts = [] }, [found]) => found === value || (found !== undefined && accepts.includes(found)),
  apply(fact, found) {
    return this.holds(fact, found) ? [] : [{ do: 'sysctl', path: fact.path, value: fact.value }];
  },
  restore({ path }, [value, ...along], found) {
    if (value === undefined) return [];
    const own: Step[] = found[0] === value ? [] : [{ do: 'sysctl', path, value }];
    const drawn = along.map((line) => {
      const [other = '', old = ''] = line.split('=');
      return { do: 'sysctl' as const, path: other, value: old };
    });
    // Writing the setting itself draws the others along once more, so all of them are written.
    const changed =
      own.length > 0 ? drawn : drawn.filter(({ path: other, value: old }) => !found.includes(`${other}=${old}`));
    return [...own, ...changed.filter((step) => step.value !== '' && readValue(step.path) !== undefined)];
  },
};

function readValue(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** `all` and `default` among them; those that the setting follows come after those that it writes. */
function ofEveryInterface(family: 'ipv4' | 'ipv6', name: string): string[] {
  try {
    return readdirSync(`/proc/sys/net/${family}/conf`)
      .sort()
      .map((entry) => `net/${family}/conf/${entry}/${name}`);
  } catch {
    return [];
  }
}
