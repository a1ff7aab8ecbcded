import { WeirError } from '../base/error.ts';
import { parseEndpoint } from '../lvs/endpoint.ts';
import { markTarget, type MarkProtocol, type MarkTarget } from '../lvs/mark.ts';
import type { Operation, WeirOperation } from '../lvs/operation.ts';
import { settingOf } from '../lvs/settings.ts';
import { SOURCE_PORTS, type Source } from '../lvs/source.ts';
import type { Vip } from '../lvs/vip.ts';
import { isIpAddress, parseIpAddress } from '../net/ip-address.ts';

/*
 * Lines of saved rules that ipvsadm does not have: those of `weir mark`, `weir set` and so on, without the word `weir`.
 *
 *     set conn_reuse_mode=0
 *     mark add 7 tcp 10.1.1.21:80
 *     source add 1.1.1.1 1024-32767
 *     vip add 10.1.1.21 eth0
 */

const PROTOCOLS: readonly MarkProtocol[] = ['tcp', 'udp', 'sctp', 'icmp'];

/** A line of Weir's own as `parseOwnRule` reads it. */
export function formatOwnRule(operation: WeirOperation): string {
  switch (operation.do) {
    case 'add-mark':
      return `mark add ${operation.mark} ${markTarget(operation.match)}`;
    case 'delete-mark':
      return `mark remove ${markTarget(operation.match)}`;
    case 'set-settings':
      return `set ${Object.entries(operation.settings).map(settingText).join(' ')}`;
    case 'set-source':
      return `source add ${sourceText(operation.source)}`;
    case 'delete-source':
      return `source remove ${operation.address}`;
    case 'set-vip':
      return `vip add ${vipText(operation.vip)}`;
    case 'delete-vip':
      return `vip del ${operation.address}`;
  }
}

function sourceText({ address, firstPort, lastPort }: Source): string {
  return `${address} ${firstPort}-${lastPort}`;
}

function vipText({ address, interface: name }: Vip): string {
  return `${address} ${name}`;
}

function settingText([name, value]: readonly [string, number]): string {
  return `${name}=${value}`;
}

type Reader = (words: readonly string[]) => WeirOperation;

const READERS: Readonly<Record<string, Reader>> = { set: readSet, mark: readMark, source: readSource, vip: readVip };

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

/** Without ports `SOURCE_PORTS` are meant. */
function readSource([command = '', address = '', ports, ...rest]: readonly string[]): WeirOperation {
  if (command !== 'add' && command !== 'remove') {
    throw malformed('a source of full NAT', 'source add ADDRESS [FIRST-LAST], or source remove ADDRESS', command);
  }
  if (!isIpAddress(address)) throw malformed('an address', '1.1.1.1 or 2001:db8::1', address);
  const superfluous = command === 'remove' ? ports : rest[0];
  if (superfluous !== undefined) throw malformed('the end of the rule', 'nothing more', superfluous);
  if (command === 'remove') return { do: 'delete-source', address: parseIpAddress(address) };
  const { first, last } = /^(?<first>\d{1,5})-(?<last>\d{1,5})$/.exec(ports ?? sourcePorts())?.groups ?? {};
  if (first === undefined) throw malformed('a range of ports', 'FIRST-LAST', ports ?? '');
  return {
    do: 'set-source',
    source: { address: parseIpAddress(address), firstPort: Number(first), lastPort: Number(last) },
  };
}

function readVip([command = '', text = '', name, ...rest]: readonly string[]): WeirOperation {
  const address = withoutFullMask(text);
  if (command !== 'add' && command !== 'del')
    throw malformed('a VIP', 'vip add ADDRESS INTERFACE, or vip del ADDRESS', command);
  if (!isIpAddress(address))
    throw malformed('an address', '10.1.1.21 or 2001:db8::21, with /32 or /128 or without', text);
  const superfluous = command === 'del' ? name : rest[0];
  if (superfluous !== undefined) throw malformed('the end of the rule', 'nothing more', superfluous);
  if (command === 'del') return { do: 'delete-vip', address: parseIpAddress(address) };
  if (name === undefined) throw malformed('an interface', 'the name of one, such as eth0', '');
  return { do: 'set-vip', vip: { address: parseIpAddress(address), interface: name } };
}

/** The address, as `ip address` writes it too: with the whole of it for its network. */
function withoutFullMask(text: string): string {
  return text.replace(text.includes(':') ? /\/128$/ : /\/32$/, '');
}

function sourcePorts(): string {
  return `${SOURCE_PORTS.first}-${SOURCE_PORTS.last}`;
}

/** What a mark is for: `tcp 10.1.1.21:80`, without a port any, `icmp 10.1.1.21`. @throws WeirError USAGE */
export function markTargetOf([protocol = '', endpoint = '', ...rest]: readonly string[]): MarkTarget {
  const known = PROTOCOLS.find((name) => name === protocol);
  if (known === undefined) throw malformed('a protocol', PROTOCOLS.join(', '), protocol);
  if (rest.length > 0) throw malformed('the end of the rule', 'nothing more', rest.join(' '));
  const { address, port = 0 } = parseEndpoint(endpoint);
  return { protocol: known, address, port };
}

function malformed(what: string, expected: string, found: string): WeirError {
  return new WeirError('USAGE', `${what} cannot be read`, { expected, found: found === '' ? 'nothing' : found });
}
