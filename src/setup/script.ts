import type { Language } from '../base/words.ts';
import type { Fact } from './fact.ts';
import { kindOf } from './kinds/index.ts';
import { shellText } from './step.ts';

/** The set-up as commands for a shell, each with a comment that says what for; facts with the same reason share one. */
export function shellScript(facts: readonly Fact[], language: Language): string {
  const lines: string[] = [];
  let last = '';
  for (const fact of facts) {
    const why = fact.why[language];
    if (why !== last) lines.push(...(lines.length === 0 ? [] : ['']), `# ${why}`);
    last = why;
    lines.push(...kindOf(fact).apply(fact, []).map(shellText));
  }
  return `${lines.join('\n')}\n`;
}
