import { WeirError } from '../base/error.ts';
import type { Operation } from '../lvs/operation.ts';
import { emptyTable, Transaction, type Table, type TableContext } from '../lvs/table.ts';
import type { NameService } from './names.ts';
import { operationOf } from './operation-of.ts';
import { parseCommandLine } from './parse.ts';
import { parseOwnRule } from './own-rules.ts';
import { Refusal } from './refusal.ts';
import { FULL_NAT_OPTION } from './rule-words.ts';
import { formatOperation } from './rules.ts';

/** A line that does something, with its number from 1 on. */
export interface Rule {
  line: number;
  operation: Operation;
}

/**
 * Reads saved rules: what `formatRules` and `ipvsadm -S` write, with comments. A comment is a line that begins with `#`, or
 * what follows a `#` between blanks.
 * @param source name of the text in errors, such as its path
 * @param names for hosts and ports that are not numbers, as `ipvsadm -S` without `-n` writes them
 * @throws WeirError RULES_INVALID for the first line that is no command or one that changes nothing
 */
export async function readRules(text: string, source: string, names: NameService): Promise<Rule[]> {
  const rules: Rule[] = [];
  for (const [index, written] of text.split('\n').entries()) {
    const words = wordsOf(written);
    if (words.length === 0) continue;
    const where = `${source}:${index + 1}`;
    rules.push({ line: index + 1, operation: await readLine(words, written, where, names) });
  }
  return rules;
}

/**
 * The table that the rules describe, from an empty one on.
 * @throws WeirError RULES_INVALID for the first rule that does not fit to those before it
 */
export function tableOfRules(rules: readonly Rule[], source: string, context: TableContext): Table {
  const transaction = new Transaction(emptyTable(), context);
  for (const { line, operation } of rules) {
    try {
      transaction.apply(operation);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      throw invalid(`${source}:${line}`, error.message, formatOperation(operation), error);
    }
  }
  return transaction.finish();
}

/** The same rules with numbers for names, a rule in the line where it stood, so that errors still name the right one. */
export function numericRules(rules: readonly Rule[]): string {
  const lines: string[] = [];
  for (const { line, operation } of rules) lines[line - 1] = formatOperation(operation);
  return `${Array.from(lines, (line) => line ?? '').join('\n')}\n`;
}

function wordsOf(written: string): string[] {
  const text = written.trim();
  if (text.startsWith('#')) return [];
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const comment = words.indexOf('#');
  const rule = comment < 0 ? words : words.slice(0, comment);
  return rule[0] === 'ipvsadm' || rule[0] === 'weir' ? rule.slice(1) : rule;
}

async function readLine(
  words: readonly string[],
  written: string,
  where: string,
  names: NameService,
): Promise<Operation> {
  try {
    const own = parseOwnRule(words);
    if (own !== undefined) return own;
    const isFullNat = words.includes(FULL_NAT_OPTION);
    const invocation = await parseCommandLine(isFullNat ? masqueraded(words) : words, names);
    const operation = invocation.kind === 'command' ? operationOf(invocation.draft) : undefined;
    if (operation !== undefined) return isFullNat ? withFullNat(operation) : operation;
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof WeirError)) throw error;
    throw invalid(where, reasonOf(error), written.trim(), error);
  }
  throw invalid(where, 'this command changes no rules', written.trim());
}

/** The line with ipvsadm's option for masquerading, the method that is as full NAT in everything that the grammar checks. */
function masqueraded(words: readonly string[]): string[] {
  const others = words.filter((word) => word !== FULL_NAT_OPTION);
  const method = others.find((word) => METHOD_OPTIONS.has(word));
  if (method === undefined) return [...others, '-m'];
  throw new WeirError('USAGE', `${FULL_NAT_OPTION} and ${method} exclude each other`, { expected: 'one of them' });
}

const METHOD_OPTIONS: ReadonlySet<string> = new Set(['-m', '-g', '-i', '--masquerading', '--gatewaying', '--ipip']);

function withFullNat(operation: Operation): Operation {
  if (operation.do !== 'add-destination' && operation.do !== 'edit-destination') {
    throw new WeirError('USAGE', `${FULL_NAT_OPTION} is for real servers`, { expected: 'a line with -a or -e' });
  }
  return { ...operation, destination: { ...operation.destination, method: 'full-nat' } };
}

/** In one line what a terminal would show in several. */
function reasonOf(error: Refusal | WeirError): string {
  if (error instanceof Refusal || error.expected === undefined) return error.message;
  return `${error.message}: expected ${error.expected}`;
}

function invalid(where: string, message: string, found: string, cause?: unknown): WeirError {
  return new WeirError('RULES_INVALID', `the rules cannot be read: ${message}`, {
    where,
    expected: 'a line of `weir save` or `ipvsadm -S`, or a comment (#)',
    found,
    fix: 'correct the line; nothing has been changed',
    cause,
  });
}
