import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labClinic } from '../../src/cli/doctor-clinic.ts';
import { consult, shellsOf, type Clinic } from '../../src/doctor/consult.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Diagnosis } from '../../src/doctor/finding.ts';
import { applyFix, fixesOf, undoMendings, type Mending } from '../../src/doctor/mend.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { labWithRules, output } from '../support/lab.ts';

/** Faults planted in real namespaces: found by their id and nothing else, mended by the doctor's own command, planted again by its undo. */

interface Planted {
  rule: string;
  host: string;
  plant: string;
  /** Takes it back where the doctor has no command for it. */
  heal?: string;
}

const SET = (host: string, rule: string, key: string, value: string): Planted => ({
  rule,
  host,
  plant: `sysctl -qw ${key}=${value}`,
});

const FAULTS: Record<string, readonly Planted[]> = {
  nat: [
    { rule: 'nat-gateway', host: 'web1', plant: 'ip route replace default via 1.1.1.129' },
    { rule: 'no-way-back', host: 'web2', plant: 'ip route del default' },
    SET('director', 'ip-forward', 'net.ipv4.ip_forward', '0'),
    {
      rule: 'nothing-schedulable',
      host: 'director',
      plant: 'ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 0; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.129:80 -m -w 0',
      heal: 'ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.128:80 -m; ipvsadm -e -t 10.1.1.21:80 -r 1.1.1.129:80 -m',
    },
    {
      rule: 'firewall-server',
      host: 'web1',
      plant: `nft add table inet t; nft add chain inet t c '{ type filter hook input priority 0; }'; nft add rule inet t c tcp dport 80 counter drop`,
      heal: 'nft delete table inet t',
    },
    {
      rule: 'firewall-director',
      host: 'director',
      plant: `nft add table ip t; nft add chain ip t c '{ type filter hook input priority 0; }'; nft add rule ip t c ip daddr 10.1.1.21 drop`,
      heal: 'nft delete table ip t',
    },
  ],
  dr: [
    { rule: 'vip-missing', host: 'web1', plant: 'ip address del 1.1.1.130/32 dev lo' },
    {
      rule: 'vip-short-mask',
      host: 'web2',
      plant: 'ip address add 1.1.1.130/24 dev lo; ip address del 1.1.1.130/32 dev lo',
    },
    SET('web2', 'arp-answers', 'net.ipv4.conf.all.arp_ignore', '0'),
    {
      rule: 'arp-announce',
      host: 'web1',
      plant: 'sysctl -qw net.ipv4.conf.all.arp_announce=0; ip neigh del 1.1.1.1 dev eth0',
    },
    {
      rule: 'dr-gateway',
      host: 'web1',
      plant: 'ip route replace default via 1.1.1.130',
      heal: 'ip route replace default via 1.1.1.1',
    },
    {
      rule: 'duplicate-vip',
      host: 'router',
      plant: 'ip address add 1.1.1.130/32 dev vmnet1',
      heal: 'ip address del 1.1.1.130/32 dev vmnet1',
    },
  ],
};

const clinicOf = async (lab: Lab): Promise<Clinic> =>
  await labClinic({ lab: lab.id, service: undefined, socket: '', via: [] });
const diagnose = async (lab: Lab): Promise<Diagnosis[]> => examine(await consult(await clinicOf(lab)));
const idsOf = (findings: readonly Diagnosis[]): string[] => [...new Set(findings.map(({ rule }) => rule))];

describe.each(['nat', 'dr'])('the doctor in the lab %s', (name) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithRules(name, 'tc');
  });
  afterAll(async () => {
    await lab.down();
  });

  test('is silent while all is well', async () => {
    expect(await diagnose(lab)).toEqual([]);
  });

  test.each(FAULTS[name]!)('finds $rule at $host, and heals it', async ({ rule, host, plant, heal }) => {
    const shells = shellsOf(await clinicOf(lab));
    await output(lab, host, plant);
    const findings = await diagnose(lab);
    expect(idsOf(findings)).toEqual([rule]);
    const fixes = fixesOf(findings);
    if (heal !== undefined) {
      await output(lab, host, heal);
    } else {
      for (const fix of fixes) await applyFix(fix, shells);
    }
    expect(await diagnose(lab)).toEqual([]);
  });

  test('seen from the director alone, a real server that cannot answer over its gateway is named', async () => {
    const { director, ...clinic } = await clinicOf(lab);
    expect(examine(await consult({ ...clinic, director, servers: [] }))).toEqual([]);
    if (name !== 'nat') return;
    await output(lab, 'web1', 'ip route replace default via 1.1.1.129');
    const findings = examine(await consult({ ...clinic, director, servers: [] }));
    expect(findings.map(({ rule, host }) => ({ rule, host }))).toEqual([{ rule: 'nat-gateway', host: '1.1.1.128' }]);
    await output(lab, 'web1', 'ip route replace default via 1.1.1.130');
  });

  test('names two faults at once; what was mended is taken back by undo', async () => {
    const [first, second] = FAULTS[name]!;
    const shells = shellsOf(await clinicOf(lab));
    for (const { host, plant } of [first!, second!]) await output(lab, host, plant);
    const findings = await diagnose(lab);
    expect(idsOf(findings).sort()).toEqual([first!.rule, second!.rule].sort());
    const mendings: Mending[] = [];
    for (const fix of fixesOf(findings)) mendings.push(await applyFix(fix, shells));
    expect(await diagnose(lab)).toEqual([]);
    await undoMendings(mendings, shells);
    expect(idsOf(await diagnose(lab)).sort()).toEqual([first!.rule, second!.rule].sort());
    for (const fix of fixesOf(findings)) await applyFix(fix, shells);
  });
});
