import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTEXT, operation as anyOperation, table as anyTable } from '../../test/support/arbitrary-table.ts';
import type { Operation } from '../lvs/operation.ts';
import { emptyTable, type Table } from '../lvs/table.ts';
import { NO_NAMES, type NameService } from './names.ts';
import { numericRules, readRules, tableOfRules } from './read-rules.ts';
import { formatOperation, formatRules } from './rules.ts';

async function tableOf(text: string, names = NO_NAMES): Promise<Table> {
  return tableOfRules(await readRules(text, 'rules', names), 'rules', CONTEXT);
}

async function operationsOf(text: string): Promise<Operation[]> {
  return (await readRules(text, 'rules', NO_NAMES)).map(({ operation }) => operation);
}

describe('saved rules', () => {
  test('give back the table they were made of', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, async (table) => {
        const text = formatRules(table);
        expect(formatRules(await tableOf(text))).toBe(text);
        expect(servicesOf(await tableOf(text))).toEqual(servicesOf(table));
      }),
      { numRuns: 1000 },
    );
  });

  test('are the same text whatever the order in which services were added', () => {
    fc.assert(
      fc.property(anyTable, (table) => {
        const reversed = { ...table, services: table.services.toReversed() };
        expect(formatRules(reversed)).toBe(formatRules(table));
      }),
      { numRuns: 200 },
    );
  });

  test('of an empty director hold the timeouts only', () => {
    const [comment, ...rest] = formatRules(emptyTable()).split('\n');
    expect(comment).toMatch(/^# /u);
    expect(rest).toEqual(['--set 900 120 300', '']);
  });

  test('hold what `ipvsadm -S` leaves out', async () => {
    const text = [
      '--set 800 100 200',
      'set am_droprate=5',
      'set conn_reuse_mode=0',
      'mark add 7 tcp 10.0.0.1:443',
      'mark add 7 udp 10.0.0.1',
      'mark add 4294967295 sctp [2001:db8::1]:80',
      'source add 10.0.0.200 1024-32767',
      '-A -t 10.0.0.1:80 -s sh --pe sip -b sh-fallback,sh-port,flag-3',
      '-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 3 -x 100 -y 50',
      '-a -t 10.0.0.1:80 -r 10.0.0.3:8080 --full-nat -w 1',
      '-A -f 4294967295 -6 -s rr',
      '--start-daemon master --mcast-interface eth0 --syncid 5 --sync-maxlen 1000 --mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 1',
    ];
    const saved = formatRules(await tableOf(text.join('\n')));
    expect(saved.split('\n').slice(1, -1)).toEqual(text);
  });
});

/** By match: the order of services and marks has no meaning. */
function servicesOf({ services, timeouts, daemons, settings, marks, sources }: Table): unknown {
  return {
    services: new Map(
      services.map((service) => [formatOperation({ do: 'delete-service', match: service.match }), service]),
    ),
    timeouts,
    daemons,
    settings,
    sources,
    marks: new Set(marks.map((rule) => formatOperation({ do: 'add-mark', ...rule }))),
  };
}

describe('an operation as text', () => {
  test('is read back as the same operation', async () => {
    await fc.assert(
      fc.asyncProperty(anyOperation, async (operation) => {
        expect(await operationsOf(formatOperation(operation))).toEqual([operation]);
      }),
      { numRuns: 3000 },
    );
  });

  test('is the command of the mission document', () => {
    const match = { protocol: 'tcp', address: '10.1.1.21', port: 80 } as const;
    const service = { match, scheduler: 'rr', schedulerFlags: 0, onePacket: false };
    const destination = { address: '1.1.1.128', port: 80 };
    expect(formatOperation({ do: 'add-service', service })).toBe('-A -t 10.1.1.21:80 -s rr');
    expect(formatOperation({ do: 'delete-destination', match, destination })).toBe(
      '-d -t 10.1.1.21:80 -r 1.1.1.128:80',
    );
    expect(formatOperation({ do: 'flush' })).toBe('-C');
  });
});

describe('reading rules', () => {
  test('passes over comments, blank lines and the word ipvsadm', async () => {
    const text = '# web\n\n  # more\nipvsadm -A -t 10.0.0.1:80 -s rr # rr for now\r\n\t-D   -t 10.0.0.1:80\n';
    const operations = await operationsOf(text);
    expect(operations.map(formatOperation)).toEqual(['-A -t 10.0.0.1:80 -s rr', '-D -t 10.0.0.1:80']);
  });

  test('keeps a # within a word', async () => {
    const [operation] = await operationsOf('--start-daemon master --mcast-interface #x');
    expect(operation).toMatchObject({ daemon: { interface: '#x' } });
  });

  test.each([
    ['no command at all', 'hello', "Try `ipvsadm -h'"],
    ['a mark that is none', 'mark add 7x tcp 10.0.0.1:80', 'a firewall mark cannot be read'],
    ['a mark without an address', 'mark add 7 tcp', 'neither an address'],
    ['a source without an address', 'source add 10.0.0.x', 'an address cannot be read'],
    ['a source with one port', 'source add 10.0.0.1 80', 'a range of ports cannot be read'],
    ['two methods', '-a -t 10.0.0.1:80 -r 10.0.0.2 --full-nat -g', '--full-nat and -g exclude each other'],
    ['full NAT of a service', '-A -t 10.0.0.1:80 --full-nat', 'Illegal'],
    ['a setting that there is not', 'set nonsense=1', 'there is no setting nonsense'],
    ['a setting out of range', 'set sloppy_tcp=2', 'expected a whole number from 0 to 1'],
    ['a setting without a value', 'set sloppy_tcp', 'a setting cannot be read'],
    ['a malformed address', '-A -t 10.0.0.300:80', 'illegal virtual server address'],
    ['a weight out of range', '-a -t 10.0.0.1:80 -r 10.0.0.2 -w x', 'illegal weight'],
    ['a name without a name service', '-A -t www:80', 'illegal virtual server address'],
    ['a command that changes nothing', '-L -n', 'changes no rules'],
    ['a nested restore', '-R', 'changes no rules'],
    ['help', '-h', 'changes no rules'],
    ['binary content', '\u0000\u0001', "Try `ipvsadm -h'"],
  ])('refuses %s and says where', async (_what, line, message) => {
    const reading = readRules(`# first\n${line}\n`, 'file', NO_NAMES);
    await expect(reading).rejects.toMatchObject({ code: 'RULES_INVALID', where: 'file:2', found: line.trim() });
    await expect(reading).rejects.toThrow(message);
  });

  test('refuses a rule that does not fit to those before it, and names its line', async () => {
    const twice = tableOf('-A -t 10.0.0.1:80 -s rr\n\n-A -t 10.0.0.1:80 -s rr\n');
    await expect(twice).rejects.toMatchObject({ code: 'RULES_INVALID', where: 'rules:3' });
    await expect(twice).rejects.toThrow('Service already exists');
  });

  test('resolves names once, and keeps every rule in its line', async () => {
    const names: NameService = { ...NO_NAMES, addressOf: async () => '10.0.0.9', portOf: async () => 443 };
    const rules = await readRules('# a\n-A -t www:https -s rr\n\n-D -t www:https', 'rules', names);
    expect(numericRules(rules)).toBe('\n-A -t 10.0.0.9:443 -s rr\n\n-D -t 10.0.0.9:443\n');
  });
});
