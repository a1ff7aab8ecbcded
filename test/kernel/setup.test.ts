import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { hostState } from '../support/host-state.ts';
import { answers, output } from '../support/lab.ts';

/** Real servers and a director made ready by the command alone, in labs where nobody has typed anything by hand. */

const DR = 'weir realserver setup --method dr --vip 1.1.1.130';
const BY_THE_NOTES = `${DR} --gateway 1.1.1.1 --gateway-mac 00:50:56:C0:00:01 --arp-firewall`;
const DIRECTOR = `weir director setup --vip 1.1.1.130 --real-server 1.1.1.128=02:01:01:01:01:28,1.1.1.129=02:01:01:01:01:29`;

/** What is wrong before a host is looked at stands in src/setup/*.test.ts. */
const BAD_INPUT: [line: string, code: number, message: string][] = [
  [`${DR} --gateway 10.9.9.1`, 1, 'lies in no network of this host'],
  ['weir realserver setup --method dr', 2, 'has to know the VIP'],
  // IPv6 is off in this lab: the address is refused after ARP was set, and all of it is taken back.
  [`${DR},fd00::1`, 1, 'a step of the set-up was refused'],
];

describe('direct routing (S12 to S15)', () => {
  let lab: Lab;
  const before = new Map<string, string>();
  const hosts = ['director', 'web1', 'web2'];

  beforeAll(async () => {
    lab = await buildLab(await loadTopology('dr'), { byHand: false, rules: false });
    await output(lab, 'client', 'ip route replace default via 10.1.1.22');
    for (const host of hosts) before.set(host, await hostState(lab, host));
    await lab.applyRules();
  });
  afterAll(async () => await lab.down());

  test('--print changes nothing and names every step of the notes, in both languages', async () => {
    const script = await output(lab, 'web1', `${BY_THE_NOTES} --print`);
    const chinese = await output(lab, 'web1', `${BY_THE_NOTES} --print --lang zh`);

    const commands = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith('#'));
    expect(commands(script)).toEqual(commands(chinese));
    expect(script).toContain('sysctl -w net.ipv4.conf.all.arp_announce=2\n');
    expect(script).toContain('ip address add 1.1.1.130/32 label lo:0 dev lo\n');
    expect(script).toContain('ip neighbour replace 1.1.1.1 lladdr 00:50:56:c0:00:01 dev eth0 nud permanent\n');
    expect(chinese).toContain('# 自我欺骗');
    expect(await hostState(lab, 'web1')).toBe(before.get('web1'));
  });

  test('what --print prints, typed into a shell, is what setup does', async () => {
    const script = await output(lab, 'web1', `${BY_THE_NOTES} --print`);
    expect(await lab.exec('web1', ['sh', '-e'], { input: script })).toMatchObject({ code: 0, stderr: '' });
    const typed = await hostState(lab, 'web1');
    await output(lab, 'web2', BY_THE_NOTES);

    const neutral = (text: string): string => text.replaceAll('1.1.1.129', '1.1.1.128').replaceAll(':01:29', ':01:28');
    const links = (text: string): string =>
      neutral(text)
        .replaceAll(/^\s+link\/ether.*$/gm, '')
        .replaceAll(/@if\d+/g, '');
    expect(links(await hostState(lab, 'web2'))).toBe(links(typed));
  });

  test('real servers and a director that the command alone has made ready serve', async () => {
    // web1 is as the script has left it: everything holds already, and nothing is done again.
    expect(await output(lab, 'web1', BY_THE_NOTES)).not.toContain('# ');
    await output(lab, 'director', DIRECTOR);

    expect(await answers(lab, 6)).toEqual({ web1: 3, web2: 3 });
  });

  test('a second set-up does nothing, and status finds everything as wanted', async () => {
    const ready = await hostState(lab, 'web2');
    const text = await output(lab, 'web2', BY_THE_NOTES);

    expect(text).not.toContain('# ');
    expect(await hostState(lab, 'web2')).toBe(ready);
    expect(await output(lab, 'web2', 'weir realserver status')).not.toContain('differs');
    const facts = JSON.parse(await output(lab, 'web2', 'weir realserver status --json')).facts as { holds: boolean }[];
    expect(facts.length).toBe(8);
    expect(facts.every(({ holds }) => holds)).toBe(true);
  });

  test('status says what somebody has changed, in its exit code too', async () => {
    await output(lab, 'web2', 'ip address del 1.1.1.130/32 dev lo');
    const { code, stdout } = await lab.exec('web2', 'weir realserver status');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^differs {2}address on lo +1\.1\.1\.130\/32 +none$/m);
    expect((await lab.exec('web2', 'weir realserver status --lang zh')).stdout).toMatch(
      /^不符 {2}lo 上的地址 +1\.1\.1\.130\/32 +无$/m,
    );

    expect(await output(lab, 'web2', BY_THE_NOTES)).toContain('# ip address add 1.1.1.130/32');
  });

  test('a set-up with fewer wishes takes back what is no longer wanted', async () => {
    await output(lab, 'web2', DR);
    expect(await output(lab, 'web2', 'nft list ruleset')).toBe('');
    expect(await output(lab, 'web2', 'ip route show default')).toBe('');
    expect(await output(lab, 'web2', 'ip neighbour show 1.1.1.1')).not.toContain('PERMANENT');
    expect(await output(lab, 'web2', 'ip address show dev lo')).toContain('1.1.1.130/32');
  });

  test('undo leaves each host exactly as it was', async () => {
    await output(lab, 'web2', 'weir realserver undo');
    await output(lab, 'director', 'weir director undo');
    expect(await hostState(lab, 'web2')).toBe(before.get('web2'));
    expect(await hostState(lab, 'director')).toBe(before.get('director'));

    expect(await output(lab, 'web2', 'weir realserver undo')).toContain('No set-up is written down');
  });
});

describe('a host that had settings of its own', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await buildLab(await loadTopology('dr'), { byHand: false, engine: 'none' });
    const own = [
      'ip route add default via 1.1.1.2 metric 7',
      'ip route add default via 1.1.1.3',
      'ip neighbour add 1.1.1.1 lladdr 02:00:00:00:00:77 dev eth0 nud permanent',
      'ip address add 1.1.1.130/24 dev lo',
      'echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_announce',
      'echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding',
      'echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects',
      'nft add table arp weir_realserver',
      'nft add table ip mine',
    ];
    await output(lab, 'web1', own.join(' && '));
  });
  afterAll(async () => await lab.down());

  test('has them again after undo, and had none of the wrong ones in between', async () => {
    const before = await hostState(lab, 'web1');
    await output(lab, 'web1', BY_THE_NOTES);
    expect(await output(lab, 'web1', 'ip address show dev lo')).not.toContain('1.1.1.130/24');
    expect(await output(lab, 'web1', 'ip route get 9.9.9.9')).toContain('via 1.1.1.1 ');

    await output(lab, 'web1', 'weir realserver undo');
    expect(await hostState(lab, 'web1')).toBe(before);
  });

  test('the settings that ip_forward draws along are restored with it', async () => {
    const before = await hostState(lab, 'web1');
    await output(lab, 'web1', 'weir director setup --interface eth0');
    expect(await hostState(lab, 'web1')).not.toBe(before);
    await output(lab, 'web1', 'weir director undo');
    expect(await hostState(lab, 'web1')).toBe(before);
  });

  test('keeps what somebody else has changed since', async () => {
    await output(lab, 'web2', BY_THE_NOTES);
    await output(lab, 'web2', 'ip neighbour replace 1.1.1.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent');
    expect(await output(lab, 'web2', 'weir realserver undo')).toContain('Changed by somebody else since');
    expect(await output(lab, 'web2', 'ip neighbour show 1.1.1.1')).toContain('02:00:00:00:00:99');
    await output(lab, 'web2', 'ip neighbour del 1.1.1.1 dev eth0');
  });

  test('bad input: a clear error, and nothing is changed', async () => {
    const before = await hostState(lab, 'web2');
    for (const [line, code, message] of BAD_INPUT) {
      const outcome = await lab.exec('web2', line);
      expect({ line, code: outcome.code, stdout: outcome.stdout }).toEqual({ line, code, stdout: '' });
      expect(outcome.stderr).toContain(message);
    }
    expect(await hostState(lab, 'web2')).toBe(before);
    expect(await output(lab, 'web2', 'weir realserver status')).toContain('No set-up is written down');
  });

  test('a set-up that was killed in the middle is undone or gone on with', async () => {
    const before = await hostState(lab, 'web2');
    // Dies of SIGKILL when it runs nft: the settings before that are made, the rest is not.
    const folder = `${lab.folder('web2')}/shims`;
    mkdirSync(folder);
    writeFileSync(`${folder}/nft`, '#!/bin/sh\n[ "$1" = list ] || kill -9 $PPID\n', { mode: 0o755 });
    const { code } = await lab.exec('web2', `PATH=${folder}:$PATH; ${BY_THE_NOTES}`);
    expect(code).toBe(137);
    expect(await hostState(lab, 'web2')).not.toBe(before);

    await output(lab, 'web2', 'weir realserver undo');
    expect(await hostState(lab, 'web2')).toBe(before);
  });

  test('a record of another namespace is not taken for this one', async () => {
    await output(lab, 'web2', DR);
    const { code, stderr } = await lab.exec('web1', 'weir realserver undo', {
      env: { WEIR_STATE: `${lab.folder('web2')}/state` },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('in another network namespace');
    await output(lab, 'web2', 'weir realserver undo');
  });

  test('--persist writes settings and a unit that repeats the command; undo takes them away', async () => {
    const etc = `${lab.folder('web2')}/etc`;
    await output(lab, 'web2', `${BY_THE_NOTES} --persist --etc ${etc}`);

    expect(readFileSync(`${etc}/sysctl.d/60-weir-realserver.conf`, 'utf8')).toBe(
      [
        'net.ipv4.conf.all.arp_announce = 2',
        'net.ipv4.conf.eth0.arp_announce = 2',
        'net.ipv4.conf.all.arp_ignore = 1',
        'net.ipv4.conf.eth0.arp_ignore = 1',
        '',
      ].join('\n'),
    );
    const unit = readFileSync(`${etc}/systemd/system/multi-user.target.wants/weir-realserver.service`, 'utf8');
    const start = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
    expect(start).toContain('realserver setup --method dr --vip 1.1.1.130 --gateway 1.1.1.1');
    // What the unit runs at the next boot finds everything as it is.
    expect(await output(lab, 'web2', `${start} --etc ${etc}`)).not.toContain('# ');

    await output(lab, 'web2', 'weir realserver undo');
    expect(await output(lab, 'web2', `find ${etc} -type f -o -type l`)).toBe('');
  });
});

describe('masquerading (S6)', () => {
  test('the gateway is what makes the real server answer', async () => {
    const lab = await buildLab(await loadTopology('nat'), { byHand: false });
    try {
      await output(lab, 'director', 'weir director setup');
      await lab.applyRules();
      for (const web of ['web1', 'web2'])
        await output(lab, web, 'weir realserver setup --method nat --gateway 1.1.1.130');
      expect(await answers(lab, 4)).toEqual({ web1: 2, web2: 2 });
    } finally {
      await lab.down();
    }
  });
});
