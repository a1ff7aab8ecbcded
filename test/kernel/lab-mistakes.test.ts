import { spawn } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { endProcesses, run, type Outcome } from '../../src/kernel/process.ts';
import { openLab } from '../../src/lab/lab.ts';
import { removeLabs, traces, until, weir, WEIR } from '../support/lab-command.ts';

/** Mistakes in labs: as a quiz, or made and mended where a lab stands. */

/** No other lab of this machine has this id. */
const ID = `q${process.pid}`;

afterEach(async () => {
  await removeLabs(ID);
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
