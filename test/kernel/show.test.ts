import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { run, type Outcome } from '../../src/kernel/process.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';

const WEIR = fileURLToPath(new URL('../../bin/weir', import.meta.url));

interface Expected {
  topology: string;
  hook: string;
  /** Heads of the columns, request then reply. */
  request: string[];
  reply: string[];
  /** What the director does to the request. */
  director: RegExp;
  conclusion: string;
}

const BY_METHOD: Record<string, Omit<Expected, 'topology' | 'hook'>> = {
  nat: {
    request: ['client eth0 out', 'director eth0 in', 'director eth1 out', 'web2 eth0 in'],
    reply: ['web2 eth0 out', 'director eth1 in', 'director eth0 out', 'client eth0 in'],
    director: /director rewrites the destination from 10\.1\.1\.21:80 to 1\.1\.1\.129:80 \(web2\)/,
    conclusion: 'Both ways passed director, which put 10.1.1.21 back in the place of 1.1.1.129.',
  },
  dr: {
    request: [
      'client eth0 out',
      'router eth1 in',
      'router vmnet1 out',
      'director eth0 in',
      'director eth0 out',
      'web2 eth0 in',
    ],
    reply: ['web2 eth0 out', 'router vmnet1 in', 'router eth1 out', 'client eth0 in'],
    director: /director leaves IP addresses and ports as they are.* sends the frame back out of eth0 to web2 eth0/,
    conclusion: 'The reply did not pass director: web2 sent it straight to router vmnet1.',
  },
};

const CASES = Object.entries(BY_METHOD).flatMap(([topology, expected]) =>
  ['tc', 'xdp'].map((hook) => ({ topology, hook, ...expected })),
);

describe.each(CASES)('the show of $topology on $hook', ({ topology, hook, ...expected }) => {
  let outcome: Outcome;
  let output: string;
  /** The output with its lines joined, for sentences that were wrapped. */
  let prose: string;

  beforeAll(async () => {
    const argv = [process.execPath, WEIR, 'lab', 'show', topology, '--once', '--hook', hook];
    outcome = await run(argv, { timeout: 60_000 });
    output = outcome.stdout;
    prose = output.replaceAll(/\s+/g, ' ');
  });

  test('succeeds', () => {
    expect(outcome).toEqual({ code: 0, stdout: output, stderr: '' });
  });

  test('types every command of the notes at the prompt of its host, in their order', async () => {
    const { commands } = await loadTopology(topology);
    const typed = commands.map(({ on, line }) => `\n${on}# ${line}\n`);
    const places = typed.map((line) => output.indexOf(line));

    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const inTheNotes = commands.flatMap(({ document }) =>
      document === undefined ? [] : [`(In the notes: ${document})`],
    );
    expect(inTheNotes.filter((words) => !prose.includes(words))).toEqual([]);
  });

  test('the real servers answer in turn, the newest first', () => {
    const answers = [...output.matchAll(/^client# curl .*\n(.*)$/gm)].map(([, who]) => who);

    expect(answers).toEqual(['web2', 'web1', 'web2', 'web1', 'web2']);
    expect(output).toContain('Who answered: web2 2 times, web1 2 times.');
  });

  test('the table after the requests counts them', () => {
    const last = output.slice(output.lastIndexOf('director# ipvsadm -L -n'));

    expect(last).toMatch(/-> 1\.1\.1\.128:80 +\w+ +1 +\d +\d/);
    expect(last).toMatch(/-> 1\.1\.1\.129:80 +\w+ +1 +\d +\d/);
  });

  test('the walk has a column for each NIC on the way, taken from the capture', () => {
    const [request, reply] = [...output.matchAll(/^ {7}(\w+(?: +\w+)+)\n {7}(\S.*)\n {7}-{17}/gm)].map(
      ([, hosts = '', nics = '']) => {
        const names = nics.split(/ {2,}/);
        return hosts.split(/ +/).map((host, index) => `${host} ${names[index]}`);
      },
    );

    expect(request).toEqual(expected.request);
    expect(reply).toEqual(expected.reply);
  });

  test('the walk says in words what the director did, and which way the reply took', () => {
    expect(prose).toMatch(expected.director);
    expect(prose).toContain(expected.conclusion);
  });

  test('the web server has logged the client’s own address and port', () => {
    expect(output).toMatch(
      /^10\.1\.1\.100:\d+ \S+ "GET \/ HTTP\/1\.1" 200 5\n {2}The client's own address and port\.$/m,
    );
  });

  test('ends by itself and removes its lab', () => {
    expect(output).toMatch(/\nLab \w+ is removed\.\n$/);
    expect(output).not.toContain('Ctrl-C');
  });
});
