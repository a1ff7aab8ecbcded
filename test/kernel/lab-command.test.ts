import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { deleteNamespaces, processesInside } from '../../src/kernel/namespace.ts';
import { run } from '../../src/kernel/process.ts';
import { removeLabs, traces, until, weir, WEIR } from '../support/lab-command.ts';

/** `weir lab` builds labs, runs commands on their hosts, and says what it cannot do. */

/** No other lab of this machine has these ids. */
const ID = `t${process.pid}`;
const OTHER = `${ID}b`;

afterEach(async () => {
  await removeLabs(ID, OTHER);
});

describe('weir lab up', () => {
  test('builds a lab that answers, and down removes it', async () => {
    const up = await weir(`up nat --id ${ID}`);
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toContain(`Lab ${ID} stands, until \`weir lab down ${ID}\``);

    for (const stdout of ['web2\n', 'web1\n', 'web2\n']) {
      const answer = await weir(`exec ${ID}/client curl -sS --max-time 5 http://10.1.1.21/`);
      expect(answer).toEqual({ code: 0, stdout, stderr: '' });
    }

    expect(await weir(`down ${ID}`)).toEqual({ code: 0, stdout: `lab ${ID} is removed\n`, stderr: '' });
    expect(traces(ID)).toEqual([]);
  });

  test('tells programs what it has built', async () => {
    const { stdout } = await weir(`up dr --id ${ID} --hook tc --no-rules --json`);
    const lab: unknown = JSON.parse(stdout);
    const { stdout: all } = await weir('list --json');

    expect(lab).toMatchObject({ id: ID, topology: 'dr', hook: 'tc', state: 'kept', directorPid: expect.any(Number) });
    expect(lab).toHaveProperty(
      'hosts',
      expect.arrayContaining([{ name: 'router', role: 'router', namespace: `weir-${ID}-router` }]),
    );
    expect(JSON.parse(all)).toContainEqual(lab);
  });

  test('leaves the table empty when asked to', async () => {
    await weir(`up nat --id ${ID} --no-rules`);

    const { stdout } = await weir(`exec ${ID}/director ipvsadm -S -n`);

    expect(stdout).toBe('');
  });
});

describe('weir lab exec', () => {
  test('hands on the exit code and every option of the command', async () => {
    await weir(`up nat --id ${ID} --engine none`);

    expect((await weir(`exec ${ID}/web1 false`)).code).toBe(1);
    expect((await weir(`exec ${ID}/web1 -- cat --version`)).stdout).toMatch(/^cat /);
    expect(await weir(`exec ${ID}/web1 --`)).toMatchObject({ code: 2, stderr: expect.stringContaining('no command') });
    expect((await run([process.execPath, WEIR, 'lab', 'exec', `${ID}/web1`, 'sh', '-c', 'exit 7'])).code).toBe(7);
    expect((await weir(`exec ${ID}/web1 curl --version`)).stdout).toMatch(/^curl \d/);
    expect((await weir(`exec ${ID}/web1 cat`, { input: 'to standard input' })).stdout).toBe('to standard input');
  });

  test('gives every host its own socket, so that ipvsadm reaches the director’s daemon on the director only', async () => {
    await weir(`up nat --id ${ID}`);

    expect((await weir(`exec ${ID}/director ipvsadm -S -n`)).stdout).toContain('-A -t 10.1.1.21:80 -s rr\n');
    expect(await weir(`exec ${ID}/web1 ipvsadm -S -n`)).toMatchObject({ code: 2, stdout: '' });
  });

  test('names the hosts there are', async () => {
    await weir(`up nat --id ${ID} --engine none`);

    expect(await weir(`exec ${ID}/web3 true`)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'weir: there is no host "web3"\n  expected: one of client, director, web1, web2\n',
    });
  });

  test('asks which lab is meant where several have the host', async () => {
    await weir(`up nat --id ${ID} --engine none`);
    await weir(`up nat --id ${OTHER} --engine none`);

    const { code, stderr } = await weir('exec web1 true');

    expect(code).toBe(1);
    expect(stderr).toContain('several labs have a host web1');
    expect(stderr).toContain(`${ID}/web1`);
    expect(stderr).toContain(`${OTHER}/web1`);
  });
});

describe('weir lab shell', () => {
  test('is a shell on the host', async () => {
    await weir(`up nat --id ${ID} --engine none`);

    const { stdout, stderr } = await weir(`shell ${ID}/web2`, {
      input: 'hostname=$(ip -br address show eth0); echo $hostname\n',
    });

    expect(stdout).toMatch(/^eth0@\w+ UP 1\.1\.1\.129\/24$/m);
    expect(stderr).toContain(`web2 of lab ${ID}: eth0 1.1.1.129/24.`);
  });

  test('cannot take down the lab it is in', async () => {
    await weir(`up nat --id ${ID} --engine none`);

    const { code, stderr } = await weir(`exec ${ID}/web2 ${process.execPath} ${WEIR} lab down ${ID}`);

    expect(code).toBe(1);
    expect(stderr).toContain(`this command runs inside lab ${ID}`);
    expect((await weir(`exec ${ID}/web2 true`)).code).toBe(0);
  });
});

describe('errors say what to do', () => {
  test('an unknown topology', async () => {
    expect(await weir('up nta')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'weir: there is no topology "nta"\n  expected: one of dr, dr-flat, fullnat, fwmark, ipv6, mixed, nat, nat-one-nic, tun, or a file (./mine.yaml)\n  found: nta\n',
    });
  });

  test('a file that names a host in no network, of which nothing is built', async () => {
    const nic = (address: string) => ({ eth0: { segment: 'lan', addresses: [address] } });
    const topology = {
      name: ID,
      segments: ['lan'],
      service: { address: '10.0.0.1', port: 80 },
      hosts: {
        client: { role: 'client', nics: nic('10.0.0.9/24'), routes: [{ to: 'default', via: '10.1.0.1' }] },
        director: { role: 'director', nics: nic('10.0.0.1/24') },
      },
    };
    const file = join(tmpdir(), `${ID}.json`);
    writeFileSync(file, JSON.stringify(topology));
    onTestFinished(() => rmSync(file));

    const { code, stderr } = await weir(`up ${file} --id ${ID}`);

    expect({ code, traces: traces(ID) }).toEqual({ code: 1, traces: [] });
    expect(stderr).toMatch(
      /^weir: \S+\.json:1:\d+: hosts\.client\.routes\[0\]\.via: 10\.1\.0\.1 lies in no network of client$/m,
    );
  });

  test('an unknown lab', async () => {
    expect(await weir(`down ${ID}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`there is no lab ${ID}`),
    });
  });

  test.each(['up', 'exec', 'exec client', 'up nat --hook xdq', 'show nat --twice'])(
    '%s is no command line',
    async (words) => {
      const { code, stderr } = await weir(words);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^weir: /);
    },
  );

  test.each(['show nat --once', 'up nat', 'clean'])('%s without root', async (words) => {
    const argv = ['unshare', '--user', '--map-user=65534', process.execPath, WEIR, 'lab', ...words.split(' ')];
    const { code, stderr } = await run(argv);

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^weir: .*network namespaces.*\n {2}expected: user root\n {2}found: user id 65534\n {2}fix: .*sudo\n$/,
    );
  });

  test('a namespace that is somebody else’s, which stays as it was with what runs in it', async () => {
    const name = `weir-${ID}-web1`;
    await run(['ip', 'netns', 'add', name]);
    onTestFinished(() => deleteNamespaces([name]));
    const within = spawn('nsenter', [`--net=/run/netns/${name}`, '--', 'sleep', '60'], { stdio: 'ignore' });
    onTestFinished(() => void within.kill());
    await until(() => processesInside([name]).length === 1, 'somebody in the namespace');

    const { code, stdout, stderr } = await weir(`up nat --id ${ID}`);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^weir: the namespace ${name} is there already, and belongs to no lab\n.*\n  fix: choose another --id`,
      ),
    );
    expect(traces(ID)).toEqual([name]);
    expect(processesInside([name])).toEqual([within.pid]);
  });

  test('a missing program', async () => {
    const { code, stderr } = await weir('show nat --once', { env: { PATH: '/nonexistent' } });

    expect(code).toBe(1);
    expect(stderr).toBe(
      'weir: missing on this machine: curl, tcpdump\n' +
        '  expected: the programs curl, tcpdump\n' +
        '  fix: apt-get install --no-install-recommends curl tcpdump\n',
    );
  });
});
