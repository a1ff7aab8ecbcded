import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LiveTrace } from '../../src/cli/trace/live.ts';

/** `weir trace ... live` on a director: what the kernel of its namespace knows, and with the model engine what is decided. */

let lab: Lab;
beforeAll(async () => {
  lab = await buildLab(await loadTopology('dr'), { engine: 'model', rules: true });
});
afterAll(async () => {
  await lab.down();
});

async function live(...words: string[]) {
  return await lab.exec(lab.director, ['weir', 'trace', ...words, 'live']);
}

describe('weir trace live', () => {
  test('tells the ways by the routes and neighbours of the kernel, the decisions, and what it cannot know', async () => {
    const { stdout, stderr } = await live('10.1.1.100:40000', '1.1.1.130:80', '-o', 'json');
    expect(stderr).toBe('');
    const found = JSON.parse(stdout) as LiveTrace;
    expect(found.holdsVip).toBe(true);
    expect(found.client).toMatchObject({ to: '10.1.1.100', nextHop: '1.1.1.1', route: { dev: 'eth0' } });
    expect(found.servers).toMatchObject([{ mac: expect.stringMatching(/^02:01:01:01:01:2[89]$/), state: 'PERMANENT' }]);
    const choice = found.verdict?.decisions.find(({ kind }) => kind === 'choice');
    expect(choice).toEqual({ kind: 'choice', destination: `${found.servers[0]!.to}:80` });
    expect(found.unknown.map(({ en }) => en).join()).toMatch(/holds the VIP.*does not pass this host.*others open/);
  });

  test('says it in words', async () => {
    const { stdout } = await live('10.1.1.100', '1.1.1.130:80');
    expect(stdout).toMatch(/^The client 10\.1\.1\.100: by eth0 via 1\.1\.1\.1, /);
    expect(stdout).toContain('The VIP 1.1.1.130 is an address of this host, which answers for it\n');
    expect(stdout).toMatch(/ {2}choice: 1\.1\.1\.12[89]:80\n/);
    expect(stdout).toMatch(/The real server 1\.1\.1\.12[89]: by eth0, at 02:01:01:01:01:2[89] \(PERMANENT\)\n/);
    expect(stdout).toContain('Not known: ');
  });

  test('a service that is not there ends with 1; pictures are for topologies', async () => {
    expect((await live('10.1.1.100', '1.1.1.130:81')).code).toBe(1);
    expect((await live('10.1.1.100', '1.1.1.130:80', '-o', 'svg')).stderr).toContain(
      'faults and pictures are for topologies',
    );
  });

  test('where the engine explains nothing it says so, and shows every real server', async () => {
    await lab.stopDirector();
    await lab.startDirector('ebpf');
    await lab.applyRules();
    const found = JSON.parse((await live('10.1.1.100', '1.1.1.130:80', '-o', 'json')).stdout) as LiveTrace;
    const explained = found.verdict !== undefined;
    expect(found.servers.map(({ to, state }) => `${to} ${state}`)).toHaveLength(explained ? 1 : 2);
    expect(found.servers.every(({ state }) => state === 'PERMANENT')).toBe(true);
    expect(found.unknown.some(({ en }) => en.includes('its engine explains nothing'))).toBe(!explained);
  });
});
