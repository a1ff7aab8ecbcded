import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { WeirError } from '../base/error.ts';
import { isTopologyFile, loadTopology, topologyNames } from './catalogue.ts';
import { simulate } from './simulate.ts';
import { topologyJsonSchema } from './topology-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-topology-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MINE = `# two hosts and a director
segments: [public, private]
service: { address: 10.1.1.21, port: 80 }
hosts:
  client:
    role: client
    nics: { eth0: { segment: public, addresses: [10.1.1.100/24] } }
  director:
    role: director
    nics:
      eth0: { segment: public, addresses: [10.1.1.21/24] }
      eth1: { segment: private, addresses: [1.1.1.130/24] }
    sysctls: { net.ipv4.ip_forward: 1 }
  web1:
    role: real server
    nics: { eth0: { segment: private, addresses: [1.1.1.128/24] } }
    routes: [{ to: default, via: 1.1.1.130 }]
    servers: [{ kind: web, port: 80 }]
commands:
  - { on: director, line: ipvsadm -A -t 10.1.1.21:80 -s rr }
  - { on: director, line: 'ipvsadm -a -t 10.1.1.21:80 -r 1.1.1.128 -m' }
`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The lines of the error that a file is refused with, without its folder. */
async function refusal(path: string): Promise<string[]> {
  const error: unknown = await loadTopology(path).catch((reason: unknown) => reason);
  if (!(error instanceof WeirError)) throw new Error('it was not refused');
  expect(error.code).toBe('TOPOLOGY_INVALID');
  return `${error.message}\n${error.found ?? ''}`
    .split('\n')
    .map((line) => line.trim().replace(`${folder}/`, ''))
    .filter((line) => line !== '' && line !== 'also');
}

test('a file is told from a topology that comes with Weir by its name', () => {
  expect(['nat', 'dr-flat', 'mine.yaml', 'mine.yml', 'mine.json', './mine'].map(isTopologyFile)).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
});

test('a file says what it has to, and the rest is filled in', async () => {
  const topology = await loadTopology(file('mine.yaml', MINE));

  expect(topology).toMatchObject({ name: 'mine', title: 'mine', segments: ['public', 'private'] });
  expect(topology.picture).toContain('eth0 10.1.1.21/24 VIP');
  expect(topology.hosts['director']?.sysctls).toEqual({ 'net.ipv4.ip_forward': '1' });
  expect(topology.faults).toContain('no-return-route');
  const network = await simulate(topology);
  const request = { to: topology.service, protocol: 'tcp', timeout: 4_000_000 } as const;
  expect(network.request('client', request)).toEqual({ kind: 'answer', body: 'web1\n' });
});

test('a VIP need not be anybody’s where clients are led to the director for it', async () => {
  const led = MINE.replaceAll('10.1.1.21:80', '9.9.9.9:80')
    .replace('address: 10.1.1.21,', 'address: 9.9.9.9,')
    .replace('  director:\n', '    routes: [{ to: 9.9.9.0/24, via: 10.1.1.21 }]\n  director:\n');
  const topology = await loadTopology(file('led.yaml', led));

  const network = await simulate(topology);
  const request = { to: topology.service, protocol: 'tcp', timeout: 4_000_000 } as const;
  expect(network.request('client', request)).toEqual({ kind: 'answer', body: 'web1\n' });
});

test.each(topologyNames())('%s written to JSON and read again is the same network', async (name) => {
  const { faults, ...topology } = await loadTopology(name);
  const read = await loadTopology(file(`${name}.json`, JSON.stringify(topology, undefined, '\t')));
  expect(read).toEqual({ ...topology, faults: expect.any(Array) });
  expect([...(read.faults ?? [])].sort()).toEqual([...(faults ?? [])].sort());
});

const MISTAKES: [what: string, change: (text: string) => string, refused: string[]][] = [
  [
    'a segment that there is not',
    (text) => text.replace('segment: private, addresses: [1.1.1.130', 'segment: privat, addresses: [1.1.1.130'),
    ['mine.yaml:12:15: hosts.director.nics.eth1.segment: there is no segment privat'],
  ],
  [
    'an address in no network',
    (text) => text.replace('via: 1.1.1.130', 'via: 1.2.1.130'),
    ['mine.yaml:17:29: hosts.web1.routes[0].via: 1.2.1.130 lies in no network of web1'],
  ],
  [
    'a host that there is not',
    (text) => text.replace('on: director, line: ipvsadm', 'on: directr, line: ipvsadm'),
    ['mine.yaml:20:7: commands[0].on: there is no host directr'],
  ],
  [
    'two hosts of one name',
    (text) => text.replace('  web1:', '  client:'),
    ['mine.yaml:14:3: Map keys must be unique'],
  ],
  [
    'an address twice on a segment',
    (text) => text.replace('1.1.1.128/24', '1.1.1.130/24'),
    [
      'mine.yaml:16:13: hosts.web1.nics.eth0: 1.1.1.130 is also at hosts.director.nics.eth1, on the same segment',
      'mine.yaml:16:13: hosts.web1.nics.eth0: 02:01:01:01:01:30 is also at hosts.director.nics.eth1, on the same segment',
    ],
  ],
  [
    'several mistakes of form at once, each in its place',
    (text) => text.replace('role: client', 'rôle: client').replace('port: 80 }]', 'port: 80000 }]'),
    [
      'mine.yaml:5:3: hosts.client.role: Invalid option: expected one of "client"|"router"|"director"|"real server"',
      'mine.yaml:6:5: hosts.client.rôle: there is no such key',
      'mine.yaml:18:28: hosts.web1.servers[0].port: Too big: expected number to be <=65535',
    ],
  ],
  [
    'an address without prefix length',
    (text) => text.replace('10.1.1.21/24', '10.1.1.21'),
    [
      'mine.yaml:11:44: hosts.director.nics.eth0.addresses[0]: is no address with a prefix length, such as 10.1.1.21/24',
    ],
  ],
  [
    'a rule that ipvsadm would refuse',
    (text) => text.replace('-s rr', '-s'),
    ['mine.yaml:20:21: commands[0].line: -s: missing argument'],
  ],
  [
    'no YAML at all',
    () => 'hosts: [',
    ['mine.yaml:1:9: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['nothing', () => '', ['mine.yaml:1:1: expected object, received null']],
  [
    'a tab where blanks have to be',
    (text) => text.replace('    role: client', '\trole: client'),
    [
      'mine.yaml:6:1: Tabs are not allowed as indentation',
      'mine.yaml:6:8: Nested mappings are not allowed in compact mappings',
      'mine.yaml:6:8: Implicit keys need to be on a single line',
      'mine.yaml:8:1: All mapping items must start at the same column',
      'mine.yaml:14:1: All mapping items must start at the same column',
    ],
  ],
  [
    'a key that is not there',
    (text) => text.replace(', port: 80 }\nhosts', ' }\nhosts'),
    ['mine.yaml:3:1: service.port: is missing: expected number'],
  ],
  [
    'a host whose name Linux would not take',
    (text) => text.replace('web1:', 'web_1:'),
    ['mine.yaml:14:3: hosts.web_1: is no name: lower-case letters and digits, a letter first'],
  ],
  [
    'a gateway that nobody is',
    (text) => text.replace('via: 1.1.1.130', 'via: 1.1.1.131'),
    ['mine.yaml:17:29: hosts.web1.routes[0].via: no host beside web1 has 1.1.1.131'],
  ],
  [
    'a service at an address that nobody has',
    (text) => text.replace('service: { address: 10.1.1.21', 'service: { address: 10.1.1.23'),
    ['mine.yaml:3:12: service.address: no host has 10.1.1.23'],
  ],
  [
    'a real server that nobody is',
    (text) => text.replace('-r 1.1.1.128', '-r 1.1.1.127'),
    ['mine.yaml:21:21: commands[1].line: no host has 1.1.1.127'],
  ],
  [
    'a rule for a VIP that nobody has',
    (text) => text.replace('-A -t 10.1.1.21', '-A -t 10.1.1.22'),
    ['mine.yaml:20:21: commands[0].line: no host has 10.1.1.22'],
  ],
  [
    'a rule of a second director about nobody',
    (text) =>
      text.replace(
        'commands:',
        "    directs: ['ipvsadm -A -t 10.1.1.21:80 -s rr', 'ipvsadm -a -t 10.1.1.21:80 -r 1.1.1.9']\ncommands:",
      ),
    ['mine.yaml:19:51: hosts.web1.directs[1]: no host has 1.1.1.9'],
  ],
  [
    'a host that sends from an address of nobody, and to one',
    (text) =>
      text.replace(
        '  director:\n',
        '    habits: [{ kind: asks, every: 500, from: 10.1.1.101, to: { address: 10.1.1.102, port: 80 } }]\n  director:\n',
      ),
    [
      'mine.yaml:8:64: hosts.client.habits[0].to.address: no host has 10.1.1.102',
      'mine.yaml:8:40: hosts.client.habits[0].from: client has no address 10.1.1.101',
    ],
  ],
  [
    'a firewall at an interface that there is not',
    (text) => text.replace('commands:', '    firewall: [{ chain: input, nic: eth7, action: drop }]\ncommands:'),
    ['mine.yaml:19:32: hosts.web1.firewall[0].nic: web1 has no eth7'],
  ],
  [
    'a firewall about no address',
    (text) => text.replace('commands:', '    firewall: [{ chain: input, source: 1.1.1, action: drop }]\ncommands:'),
    ['mine.yaml:19:32: hosts.web1.firewall[0].source: is neither an address nor a prefix'],
  ],
  [
    'a rule about a service that there is not',
    (text) => text.replace('-a -t 10.1.1.21:80', '-a -t 10.1.1.21:81'),
    ['mine.yaml:21:21: commands[1].line: No such service'],
  ],
  [
    'an alias without its anchor',
    (text) => text.replace('via: 1.1.1.130', 'via: *gateway'),
    ['mine.yaml:17:34: there is no anchor &gateway before it'],
  ],
  [
    'aliases that become larger than any network',
    () =>
      `a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nb: &b [${Array(10).fill('*a').join(', ')}]\nc: [${Array(20).fill('*b').join(', ')}]\n`,
    ['mine.yaml:1:1: Excessive alias count indicates a resource exhaustion attack'],
  ],
];

describe('a mistake is refused with its line and column', () => {
  test.each(MISTAKES)('%s', async (_, change, refused) => {
    expect(await refusal(file('mine.yaml', change(MINE)))).toEqual(refused);
  });
});

test('a file that there is not is said to be missing', async () => {
  await expect(loadTopology('./no-such.yaml')).rejects.toMatchObject({ code: 'LAB_UNKNOWN' });
});

test('docs/topology.schema.json is the schema (weir lab schema > docs/topology.schema.json)', () => {
  const committed: unknown = JSON.parse(
    readFileSync(new URL('../../docs/topology.schema.json', import.meta.url), 'utf8'),
  );
  expect(committed).toEqual(JSON.parse(JSON.stringify(topologyJsonSchema())));
});
