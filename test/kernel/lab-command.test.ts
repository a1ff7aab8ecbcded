import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { deleteNamespaces, processesInside } from '../../src/kernel/namespace.ts';
import { endProcesses, run, type Outcome, type RunOptions } from '../../src/kernel/process.ts';
import { openLab } from '../../src/lab/lab.ts';

const WEIR = fileURLToPath(new URL('../../bin/weir', import.meta.url));
/** No other lab of this machine has these ids. */
const ID = `t${process.pid}`;
const OTHER = `${ID}b`;

const weir = (words: string, options: RunOptions = {}): Promise<Outcome> =>
  run([process.execPath, WEIR, 'lab', ...words.split(' ')], options);

afterEach(async () => {
  for (const id of [ID, OTHER]) if (traces(id).length > 0) await weir(`down ${id}`);
});

/** Namespaces and folders of a lab. */
function traces(id: string): string[] {
  const folders = ['/var/run/netns', '/run/weir-lab'].filter(existsSync);
  const names = folders.flatMap((folder) => readdirSync(folder));
  return names.filter((name) => name === id || name.endsWith(`-${id}`) || name.startsWith(`weir-${id}-`));
}

/** A show that a terminal has started: Ctrl-C reaches its whole process group. */
function show(words: string): { child: ChildProcess; output: () => string; ended: Promise<number | string> } {
  const child = spawn(process.execPath, [WEIR, 'lab', 'show', ...words.split(' ')], { detached: true, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal!)),
  );
  return { child, output: () => text, ended };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

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

describe('weir lab quiz', () => {
  test('plants the fault of the seed, counts hints and wrong answers, and removes the lab after the right one', async () => {
    const begun = await weir(`quiz nat --level 2 --seed 5 --id ${ID} --no-prompt --lang en`);
    expect(begun).toMatchObject({ code: 0, stderr: '' });
    expect(begun.stdout).toContain('What the client sees: a timeout, a timeout\n');
    expect((await weir(`exec ${ID}/web1 ip route show default`)).stdout).toBe('');

    const wrong = await weir(`quiz answer server-down --lab ${ID} --lang en`);
    expect(wrong).toEqual({ code: 1, stdout: 'No, it is not that one.\n', stderr: '' });
    expect((await weir(`quiz hint --lab ${ID} --lang zh`)).stdout).toBe('1/3: 请求到了真实服务器。它发出了什么吗？\n');
    expect((await weir(`mend --lab ${ID}`)).stderr).toContain(`lab ${ID} is a quiz`);
    expect((await weir(`quiz answer nonsense --lab ${ID}`)).stderr).toContain('is no fault of topology nat');
    const right = await weir(`quiz answer no-return-route --lab ${ID} --lang en`);

    expect(right).toMatchObject({ code: 0, stderr: '' });
    expect(right.stdout).toContain('Right.\nIt was no-return-route: ');
    expect(right.stdout).toContain('Hints taken: 1. Wrong answers: 1.\n');
    expect(traces(ID)).toEqual([]);
    expect((await weir(`quiz hint --lab ${ID}`)).stderr).toMatch(/^weir: (there is no quiz|which quiz is meant\?)\n/);
  });

  test('asks at a prompt, runs commands on hosts, and removes the lab when it is given up', async () => {
    const input = 'hint\n\ndirector ipvsadm -S -n\nnat\nno-rules\ngive-up\nno-return-route\n';
    const { code, stdout, stderr } = await weir(`quiz nat --level 2 --seed 5 --id ${ID} --prompt --lang zh`, { input });

    expect({ code, traces: traces(ID) }).toEqual({ code: 0, traces: [] });
    expect(stdout).toContain('? -A -t 10.1.1.21:80 -s rr\n');
    expect(stdout).toContain('不对，不是这个。');
    expect(stdout).toMatch(/看了 1 条提示，答错 1 次。\n实验已拆除。\n$/);
    expect(stderr).toContain('"nat" is no fault');
  });

  test('at a terminal Ctrl-C ends the command that runs, and at the prompt the quiz with its lab', async () => {
    const line = `${process.execPath} ${WEIR} lab quiz nat --level 2 --seed 5 --id ${ID} --lang en`;
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: 'pipe' });
    let text = '';
    terminal.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => terminal.on('close', resolve));
    const prompts = (): number => text.split('? \u001b[3G').length - 1;

    await until(() => prompts() === 1, 'a prompt');
    terminal.stdin.write('client ping 10.1.1.21\r');
    await until(() => text.includes('icmp_seq=1'), 'output while the command runs');
    terminal.stdin.write('\u0003');
    await until(() => prompts() === 2, 'another prompt');
    terminal.stdin.write('\u0003');

    expect({ code: await ended, traces: traces(ID) }).toEqual({ code: 130, traces: [] });
  });

  test('a level that a topology has no fault of is refused before anything is built', async () => {
    const { code } = await weir(`quiz nat --level 4 --id ${ID}`);

    expect({ code, traces: traces(ID) }).toEqual({ code: 2, traces: [] });
  });
});

describe('weir lab break and mend', () => {
  const ask = (): Promise<Outcome> => weir(`exec ${ID}/client curl -sS --max-time 2 http://10.1.1.21/`);
  const doctor = (): Promise<Outcome> => run([process.execPath, WEIR, 'doctor', '--lab', ID]);

  test('make mistakes in a lab that stands, and take them and the user’s own away', async () => {
    await weir(`up nat --id ${ID}`);
    const broken = await weir(`break weight-zero firewall-real-server --lab ${ID}`);
    expect(broken).toMatchObject({ code: 0, stderr: '' });
    expect(broken.stdout).toContain('has the fault weight-zero: Every real server has weight 0.');
    expect((await ask()).code).not.toBe(0);
    const found = await doctor();
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(
      /\[nothing-schedulable\][^]*\[firewall-server\]|\[firewall-server\][^]*\[nothing-schedulable\]/u,
    );

    await weir(`exec ${ID}/director ip address flush dev eth0`);
    expect(await weir(`mend --lab ${ID}`)).toEqual({ code: 0, stdout: `Lab ${ID} is whole.\n`, stderr: '' });
    expect(await ask()).toEqual({ code: 0, stdout: 'web2\n', stderr: '' });
    expect(await doctor()).toEqual({ code: 0, stdout: 'Nothing found.\n', stderr: '' });
  });

  test('a fault that the topology cannot have leaves the lab as it is', async () => {
    await weir(`up nat --id ${ID} --fault port-wrong`);
    const refused = await weir(`break vip-missing --lab ${ID}`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('vip-missing cannot be planted in topology nat');
    expect((await ask()).code).toBe(7);
    const inside = await weir(`exec ${ID}/web1 ${process.execPath} ${WEIR} lab mend --lab ${ID}`);
    expect(inside.stderr).toContain(`this command runs inside lab ${ID}`);
    const { director } = openLab(ID).record;
    await endProcesses([director!.pid], 0, 'SIGKILL');
    expect(await weir(`mend --lab ${ID}`)).toEqual({ code: 0, stdout: `Lab ${ID} is whole.\n`, stderr: '' });
    expect((await ask()).stdout).toBe('web2\n');
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

describe('a lab whose owner is gone', () => {
  test.each([50, 150, 250, 400, 700, 1200])('Ctrl-C after %i ms leaves nothing', async (milliseconds) => {
    const { child, ended } = show(`nat --id ${ID}`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    process.kill(-child.pid!, 'SIGINT');

    // At first Node itself answers the signal.
    expect([130, 'SIGINT']).toContain(await ended);
    expect(traces(ID)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s while it stays leaves nothing', async (signal) => {
    const { child, output, ended } = show(`nat --id ${ID}`);
    await until(() => output().includes('The lab stays until Ctrl-C'), 'the end of the show');
    child.kill(signal);

    expect(await ended).toBe(signal === 'SIGTERM' ? 143 : 129);
    expect(traces(ID)).toEqual([]);
  });

  test('a reader that stops reading leaves nothing', async () => {
    const { code } = await run(['sh', '-c', `${process.execPath} ${WEIR} lab show nat --once --id ${ID} | head -n 3`]);

    expect(code).toBe(0);
    await until(() => traces(ID).length === 0, 'the removal of the lab');
  });

  test('SIGKILL leaves a lab behind, which clean removes', async () => {
    await killedShow();
    expect((await weir('list')).stdout).toMatch(new RegExp(`^${ID} .* left over `, 'm'));

    const { code, stdout } = await weir('clean');

    expect({ code, traces: traces(ID) }).toEqual({ code: 0, traces: [] });
    expect(stdout).toContain(ID);
  });

  test('SIGKILL leaves a lab behind, which the next up removes', async () => {
    await killedShow();

    await weir(`up dr --id ${OTHER} --engine none`);

    expect(traces(ID)).toEqual([]);
    expect(traces(OTHER)).toContain(`weir-${OTHER}-router`);
  });

  test('a lab that is kept is no left-over', async () => {
    await weir(`up nat --id ${ID} --engine none`);

    await weir('clean');

    expect(traces(ID)).toContain(`weir-${ID}-client`);
  });

  test('a lab that is kept is a left-over once the machine has restarted under it', async () => {
    await weir(`up nat --id ${ID} --engine none`);
    const namespaces = traces(ID).filter((name) => name.startsWith('weir-'));
    await endProcesses(processesInside(namespaces), 1_000);
    await deleteNamespaces(namespaces);
    expect(traces(ID)).toEqual([ID]);

    await weir('clean');

    expect(traces(ID)).toEqual([]);
  });

  test('the show ends when somebody else takes its lab down', async () => {
    const { output, ended } = show(`nat --id ${ID}`);
    await until(() => output().includes('The lab stays until Ctrl-C'), 'the end of the show');

    await weir(`down ${ID}`);

    expect(await ended).toBe(0);
    expect(output()).toContain('Somebody else has taken the lab down.');
  });

  async function killedShow(): Promise<void> {
    const { child, output, ended } = show(`nat --id ${ID}`);
    await until(() => output().includes('The commands of the course notes'), 'a lab');
    child.kill('SIGKILL');
    await ended;
    expect(traces(ID)).toContain(`weir-${ID}-director`);
  }
});
