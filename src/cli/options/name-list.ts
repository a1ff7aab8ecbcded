import { InvalidArgumentError } from 'commander';

/** A parser for an option that is a list, separated by commas: `eth0,eth1`. The option may be repeated. */
export function listOf(what: string): (text: string, before?: readonly string[]) => string[] {
  return (text, before = []) => {
    const list = text.split(',').map((name) => name.trim());
    if (list.every((name) => name !== '')) return [...before, ...list];
    throw new InvalidArgumentError(`Expected ${what}, separated by commas.`);
  };
}
