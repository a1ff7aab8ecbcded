import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespaceExists, processesInside } from '../../src/kernel/namespace.ts';
import { run } from '../../src/kernel/process.ts';
import { buildLab, type BuildOptions } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import { openLab, type Lab } from '../../src/lab/lab.ts';
import { labFolder, readLabs } from '../../src/lab/registry.ts';
import { removeLab } from '../../src/lab/removal.ts';
import { bare, placedNics, type HostState, type Topology } from '../../src/lab/topology.ts';

const nat = await loadTopology('nat');
const dr = await loadTopology('dr');

/** Ids of this run alone. */
const BAD = `bad${process.pid}`;
const MINE = `mine${process.pid}`;

/** The interfaces, routes and settings of the machine itself, which labs must leave alone. */
async function machine(): Promise<string> {
  const commands = ['ip -o link', 'ip -o address', 'ip route', 'cat /proc/sys/net/ipv4/ip_forward'];
  const outcomes = await Promise.all(commands.map((command) => run(['sh', '-c', command])));
  return outcomes.map(({ stdout }) => stdout).join('\n');
}

/** A lab without its director's daemon: what is tested here is the network. */
async function build(topology: Topology, options: BuildOptions = {}): Promise<Lab> {
  return await buildLab(topology, { engine: 'none', ...options });
}

async function output(lab: Lab, host: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, command);
  // What it says besides may come from labs that others build at this moment: `ip` looks at every namespace.
  expect(code, `${host}: ${command}\n${stderr}`).toBe(0);
  return stdout.trim();
}

/** Everything that a lab is made of. */
function remains({ record }: Lab): string[] {
  const namespaces = [...Object.values(record.namespaces), record.wire];
  return [
    ...namespaces.filter(namespaceExists),
    ...processesInside(namespaces).map((pid) => `process ${pid}`),
    ...(existsSync(labFolder(record.id)) ? [labFolder(record.id)] : []),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${labFolder(record.id)}/`)),
  ];
}

/** Namespaces and folders by the id of a lab that was never returned. */
function traces(id: string): string[] {
  const names = [...readdirSync('/var/run/netns'), ...readdirSync('/run/weir-lab')];
  return names.filter(
    (name) => name === id || name.startsWith(`weir-${id}-`) || (name.startsWith('.') && name.endsWith(id)),
  );
}

describe('labs side by side', () => {
  let before: string;
  let labs: Lab[];

  beforeAll(async () => {
    before = await machine();
    labs = await Promise.all([build(nat), build(dr), build(nat)]);
  });

  afterAll(async () => {
    await Promise.all(labs.map((lab) => lab.down()));
  });

  test('each has an id of its own and is found by it', () => {
    expect(new Set(labs.map(({ id }) => id)).size).toBe(3);
    for (const lab of labs) expect(openLab(lab.id).record).toEqual(lab.record);
  });

  test('every NIC has its MAC and addresses and carries packets', async () => {
    for (const lab of labs) {
      for (const nic of placedNics(lab.topology)) {
        const shown = await output(lab, nic.host, `ip -o link show ${nic.name}; ip -o address show ${nic.name}`);
        expect(shown).toContain(`link/ether ${nic.mac} `);
        for (const address of nic.addresses) expect(shown).toContain(` inet ${address} `);
      }
    }
  });

  test('sysctls are as declared, and those that nobody declared are the kernel’s defaults', async () => {
    for (const lab of labs) {
      for (const [name, host] of Object.entries(lab.topology.hosts)) {
        const declared = { ...host.sysctls, ...host.byHand?.sysctls };
        for (const [key, value] of Object.entries(declared)) {
          expect(await output(lab, name, `cat /proc/sys/${key.replaceAll('.', '/')}`), `${name} ${key}`).toBe(value);
        }
        const forward = declared['net.ipv4.ip_forward'] ?? '0';
        const files = ['ip_forward', 'conf/all/rp_filter', 'conf/lo/arp_ignore'].map(
          (key) => `/proc/sys/net/ipv4/${key}`,
        );
        expect((await output(lab, name, `cat ${files.join(' ')}`)).split('\n')).toEqual([forward, '0', '0']);
      }
    }
  });

  test('routes, loopback addresses and static neighbours are as declared', async () => {
    for (const lab of labs) {
      for (const [name, host] of Object.entries(lab.topology.hosts)) {
        for (const state of [host, host.byHand ?? {}]) await expectState(lab, name, state);
      }
    }
  });

  test('captures are quiet: there is no IPv6', async () => {
    for (const lab of labs) {
      for (const host of Object.keys(lab.topology.hosts)) expect(await output(lab, host, 'ip -6 address')).toBe('');
    }
  });

  test('web servers answer with their name and log who asked', async () => {
    const [natLab, drLab] = [labs[0]!, labs[1]!];
    // Without the director's daemon a request reaches a real server by routing.
    await output(natLab, 'client', 'ip route add 1.1.1.0/24 via 10.1.1.21');

    for (const lab of [natLab, drLab]) {
      expect(await output(lab, 'client', 'curl -sS --max-time 5 http://1.1.1.128/')).toBe('web1');
      expect(await output(lab, 'client', 'curl -sS --max-time 5 http://1.1.1.129/')).toBe('web2');
      // nginx answers first and writes its log then.
      await expect
        .poll(() => readFileSync(lab.accessLog('web2'), 'utf8'), { timeout: 5000 })
        .toMatch(/^10\.1\.1\.100:\d+ 1\.1\.1\.129 "GET \/ HTTP\/1\.1" 200 5\n$/);
    }
  });

  test('UDP echo servers answer with their name and the datagram, from the address that was asked', async () => {
    const lab = labs[1]!;
    const ask = (host: string, address: string): Promise<string> => output(lab, host, udpQuestion(address));

    expect(await ask('client', '1.1.1.129')).toBe('1.1.1.129 web2 hello');
    expect(await ask('web1', '1.1.1.130')).toBe('1.1.1.130 web1 hello');
  });

  test('the machine itself is as it was', async () => {
    expect(await machine()).toBe(before);
  });
});

/** Sends `hello` from a connected socket, which takes answers from the address it asked only. */
function udpQuestion(address: string): string {
  const script = `
    const socket = require('node:dgram').createSocket('udp4');
    socket.on('message', (text, from) => { console.log(from.address, String(text)); socket.close(); });
    socket.connect(7, '${address}', () => socket.send('hello'));
    setTimeout(() => process.exit(1), 3000).unref();`;
  return `${process.execPath} -e "${script}"`;
}

async function expectState(lab: Lab, host: string, state: HostState): Promise<void> {
  for (const { to, via } of state.routes ?? []) {
    expect(await output(lab, host, `ip route show ${to}`)).toMatch(new RegExp(`^${to} via ${via} `));
  }
  for (const [nic, addresses] of Object.entries(state.addresses ?? {})) {
    const shown = await output(lab, host, `ip -o address show ${nic}`);
    for (const { address, label } of addresses)
      expect(shown).toMatch(new RegExp(`inet ${address} .*${label ?? nic}\\\\`));
  }
  for (const { address, nic } of state.neighbours ?? []) {
    const owner = placedNics(lab.topology).find((other) => other.addresses.map(bare).includes(address));
    const shown = await output(lab, host, `ip neighbour show ${address} dev ${nic}`);
    expect(shown).toBe(`${address} lladdr ${owner?.mac} PERMANENT`);
  }
}

describe('what the commands of a topology type is what it declares', () => {
  test.each([nat, dr])('$name', async (topology) => {
    const [typed, declared] = await Promise.all([build(topology, { byHand: false }), build(topology)]);
    try {
      const own = topology.commands.filter(({ line }) => !/^(ipvsadm|weir) /.test(line));
      for (const { on, line } of own) await output(typed, on, line);

      for (const host of Object.keys(topology.hosts))
        expect(await state(typed, host)).toBe(await state(declared, host));
    } finally {
      await Promise.all([typed.down(), declared.down()]);
    }
  });

  /** What byHand may hold, as the kernel tells it. */
  async function state(lab: Lab, host: string): Promise<string> {
    const sysctls = "grep -r '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/arp_*";
    // Learned neighbours and the numbers of cables differ from lab to lab.
    return await output(
      lab,
      host,
      `ip -o address | sed 's/@if[0-9]*//'; ip route; ip neighbour show nud permanent | sort; ${sysctls}`,
    );
  }
});

describe('down', () => {
  test('leaves nothing, not even what was started in the lab and what was mounted in its folder', async () => {
    const lab = await build(dr);
    const sleeper = lab.spawn('web1', 'trap "" TERM; sleep 1000 & wait');
    await new Promise((resolve) => sleeper.once('spawn', resolve));
    const mountPoint = lab.folder('director');
    expect((await run(['mount', '-t', 'tmpfs', 'tmpfs', mountPoint])).code).toBe(0);
    expect(remains(lab).length).toBeGreaterThan(8);

    await lab.down();

    expect(remains(lab)).toEqual([]);
  });

  test('ends the programs of a host whose namespace somebody has deleted by hand', async () => {
    const lab = await build(nat);
    const programs = processesInside([lab.namespace('web1')]);
    expect((await run(['ip', 'netns', 'delete', lab.namespace('web1')])).code).toBe(0);
    expect(programs.filter((pid) => existsSync(`/proc/${pid}`))).toEqual(programs);

    await lab.down();

    // The workers of nginx end after it.
    await expect.poll(() => programs.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 10_000 }).toEqual([]);
    expect(remains(lab)).toEqual([]);
  });

  test('may be called twice, also at once', async () => {
    const lab = await build(nat);

    await Promise.all([lab.down(), removeLab(lab.record)]);
    await lab.down();

    expect(remains(lab)).toEqual([]);
  });
});

describe('a lab that cannot be built leaves nothing', () => {
  const failing: [what: string, topology: Topology, message: RegExp][] = [
    [
      'a setting that the kernel does not have',
      withWeb2({ sysctls: { 'net.ipv4.conf.all.no_such_setting': '1' } }),
      /setting up namespace weir-bad\d+-web2 failed/,
    ],
    [
      'an address that the kernel refuses',
      withWeb2({ addresses: { lo: [{ address: '1.1.1.130/32', label: 'lo:longer-than-names-are' }] } }),
      /setting up namespace weir-bad\d+-web2 failed/,
    ],
  ];

  test.each(failing)('for %s', async (_, topology, message) => {
    await expect(build(topology, { id: BAD })).rejects.toMatchObject({
      code: 'LAB_FAILED',
      message: expect.stringMatching(message),
    });
    expect(traces(BAD)).toEqual([]);
  });

  test('for a daemon that does not start, and the end of its log says why', async () => {
    process.env['NODE_OPTIONS'] = '--no-such-option';
    try {
      await expect(build(withoutServers(nat), { id: BAD, engine: 'model' })).rejects.toMatchObject({
        code: 'LAB_FAILED',
        message: 'the daemon on director ended with exit code 9',
        where: `/run/weir-lab/${BAD}/director/weir.log`,
        found: expect.stringContaining('--no-such-option is not allowed'),
      });
    } finally {
      delete process.env['NODE_OPTIONS'];
    }
    expect(traces(BAD)).toEqual([]);
  });

  test('for a topology with mistakes, before anything is made', async () => {
    const topology = { ...nat, service: { address: 'vip', port: 80 } };

    await expect(build(topology, { id: BAD })).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID' });
    expect(traces(BAD)).toEqual([]);
  });

  test('for an id that is taken, and the lab that has it stays whole', async () => {
    const lab = await build(nat, { id: MINE });
    try {
      await expect(build(nat, { id: MINE })).rejects.toMatchObject({ code: 'LAB_BUSY' });
      expect(await output(lab, 'web1', 'curl -sS http://1.1.1.129/')).toBe('web2');
    } finally {
      await lab.down();
    }
  });

  test('for an id that cannot be one', async () => {
    await expect(build(nat, { id: '../x' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('when it is told to stop', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stop')), 40);

    await expect(build(nat, { id: BAD, signal: controller.signal })).rejects.toThrow('stop');
    expect(traces(BAD)).toEqual([]);
  });

  function withoutServers(topology: Topology): Topology {
    const hosts = Object.entries(topology.hosts).map(([name, host]) => [name, { ...host, servers: [] }]);
    return { ...topology, hosts: Object.fromEntries(hosts) };
  }

  function withWeb2(change: Partial<Topology['hosts'][string]>): Topology {
    return { ...nat, hosts: { ...nat.hosts, web2: { ...nat.hosts['web2']!, ...change } } };
  }
});

test('labs are listed oldest first', async () => {
  const first = await build(nat);
  const second = await build(nat);
  try {
    const ids = readLabs().map(({ id }) => id);
    expect(ids.indexOf(first.id)).toBeGreaterThanOrEqual(0);
    expect(ids.indexOf(first.id)).toBeLessThan(ids.indexOf(second.id));
  } finally {
    await first.down();
    await second.down();
  }
});

test('a capture with a wrong filter says what tcpdump says', async () => {
  const lab = await build(nat);
  try {
    await expect(lab.capture('tcp prt 80', ['client'])).rejects.toMatchObject({
      code: 'LAB_FAILED',
      found: expect.stringContaining('syntax error'),
    });
  } finally {
    await lab.down();
  }
});

test('a host that is not there is named with those that are', async () => {
  const lab = await build(nat);
  try {
    await expect(lab.exec('web3', 'true')).rejects.toMatchObject({
      code: 'LAB_UNKNOWN',
      expected: 'one of client, director, web1, web2',
    });
  } finally {
    await lab.down();
  }
});
