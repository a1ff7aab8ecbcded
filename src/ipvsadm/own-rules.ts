import { WeirError } from '../base/error.ts';
import { parseEndpoint } from '../lvs/endpoint.ts';
import { markTarget } from '../lvs/mark.ts';
import type { Operation, WeirOperation } from '../lvs/operation.ts';
import type { AddressMatch, Protocol } from '../lvs/service.ts';
import { settingOf } from '../lvs/settings.ts';

/*
 * Lines of saved rules that ipvsadm does not have: those of `weir mark`, `weir set` and so on, without the word `weir`.
 *
 *     set conn_reuse_mode=0
 *     mark add 7 tcp 10.1.1.21:80
 */

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp'];

/** A line of Weir's own as `parseOwnRule` reads it. */
export function formatOwnRule(operation: WeirOperation): string {
  switch (operation.do) {
    case 'add-mark':
      return `mark add ${operation.mark} ${markTarget(operation.match)}`;
    case 'delete-mark':
      return `mark remove ${markTarget(operation.match)}`;
    case 'set-settings':
      return `set ${Object.entries(operation.settings).map(settingText).join(' ')}`;
  }
}

function settingText([name, value]: readonly [string, number]): string {
  return `${name}=${value}`;
}

type Reader = (words: readonly string[]) => WeirOperation;

const READERS: Readonly<Record<string, Reader>> = { set: readSet, mark: readMark };

/**
 * Reads a line of Weir's own.
 * @returns undefined if it is none
 * @throws WeirError USAGE, SETTING_INVALID for one that makes no sense
 */
export function parseOwnRule([command = '', ...words]: readonly string[]): Operation | undefined {
  return Object.hasOwn(READERS, command) ? READERS[command]?.(words) : undefined;
}

function readSet(words: readonly string[]): WeirOperation {
  if (words.length === 0) throw malformed('a setting', 'NAME=VALUE', '');
  const settings = words.map((word) => {
    const [name = '', value] = word.split(/=(.*)/s);
    if (value === undefined) throw malformed('a setting', 'NAME=VALUE', word);
    return settingOf(name, value);
  });
  return { do: 'set-settings', settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])) };
}

function readMark([command = '', ...words]: readonly string[]): WeirOperation {
  if (command === 'add') {
    const [mark = '', ...target] = words;
    if (!/^\d{1,10}$/.test(mark)) throw malformed('a firewall mark', 'a number from 1 to 4294967295', mark);
    return { do: 'add-mark', mark: Number(mark), match: markTargetOf(target) };
  }
  if (command === 'remove') return { do: 'delete-mark', match: markTargetOf(words) };
  throw malformed(
    'a rule for marks',
    'mark add MARK PROTOCOL ADDRESS[:PORT], or mark remove PROTOCOL ADDRESS[:PORT]',
    command,
  );
}

/** What a mark is for: `tcp 10.1.1.21:80`, without a port any. @throws WeirError USAGE */
export function markTargetOf([protocol = '', endpoint = '', ...rest]: readonly string[]): AddressMatch {
  const known = PROTOCOLS.find((name) => name === protocol);
  if (known === undefined) throw malformed('a protocol', PROTOCOLS.join(', '), protocol);
  if (rest.length > 0) throw malformed('the end of the rule', 'nothing more', rest.join(' '));
  const { address, port = 0 } = parseEndpoint(endpoint);
  return { protocol: known, address, port };
}

function malformed(what: string, expected: string, found: string): WeirError {
  return new WeirError('USAGE', `${what} cannot be read`, { expected, found: found === '' ? 'nothing' : found });
}
