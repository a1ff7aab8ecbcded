import { readFileSync } from 'node:fs';
import type { FactOf } from '../fact.ts';
import { linkTarget } from '../step.ts';
import { inAnyLanguage, type FactKind } from './kind.ts';

/** Found: the content as one text; nothing where there is no file. */
export const fileKind: FactKind<FactOf<'file'>> = {
  identity: ({ path }) => `file ${path}`,
  subject: ({ path }) => inAnyLanguage(path),
  wanted({ content }) {
    const count = content.split('\n').length - 1;
    return { en: `${count} lines`, zh: `${count} 行` };
  },
  async read({ path }) {
    try {
      return [readFileSync(path, 'utf8')];
    } catch {
      return [];
    }
  },
  holds: ({ content }, [found]) => found === content,
  apply(fact, found) {
    return this.holds(fact, found) ? [] : [{ do: 'file', path: fact.path, content: fact.content }];
  },
  restore: ({ path }, [before], [found]) => {
    if (before === found) return [];
    return before === undefined ? [{ do: 'remove', path }] : [{ do: 'file', path, content: before }];
  },
};

/** Found: what the link leads to. */
export const linkKind: FactKind<FactOf<'link'>> = {
  identity: ({ path }) => `file ${path}`,
  subject: ({ path }) => inAnyLanguage(path),
  wanted: ({ target }) => inAnyLanguage(`-> ${target}`),
  async read({ path }) {
    const target = linkTarget(path);
    return target === undefined ? [] : [target];
  },
  holds: ({ target }, [found]) => found === target,
  apply(fact, found) {
    return this.holds(fact, found) ? [] : [{ do: 'link', path: fact.path, target: fact.target }];
  },
  restore: ({ path }, [before], [found]) => {
    if (before === found) return [];
    return before === undefined ? [{ do: 'remove', path }] : [{ do: 'link', path, target: before }];
  },
};
