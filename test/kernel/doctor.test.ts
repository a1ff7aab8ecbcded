import { advanceClock } from '../../src/lab/clock.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labClinic } from '../../src/cli/doctor/clinic.ts';
import { consult, shellsOf, type Clinic } from '../../src/doctor/consult.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Diagnosis } from '../../src/doctor/finding.ts';
import { applyFix, fixesOf, undoMendings, type Mending } from '../../src/doctor/mend.ts';
import { RULES } from '../../src/doctor/rules/index.ts';
import { insideNamespace } from '../../src/kernel/namespace.ts';
import { endProcesses, run } from '../../src/kernel/process.ts';
import { topologyNames } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, labWithRules, output } from '../support/lab.ts';
import { DOCTOR_FAULTS, RECORDED_ONLY, type DoctorFault } from '../support/doctor-faults.ts';

/**
 * Faults planted in real namespaces, one after another in one lab for each topology: found by their id and nothing else, and mended by
 * the doctor's own command where it has one. What was not mended would show as a second finding with the next one. Those that it has no
 * command for are left to the comparison with the simulator, which has each in some topology; WEIR_ALL_FAULTS=1 tries them here too.
 */
const EVERY = process.env['WEIR_ALL_FAULTS'] === '1';

const clinicOf = async (lab: Lab): Promise<Clinic> =>
  await labClinic({ lab: lab.id, service: undefined, socket: '', via: [] });
const diagnose = async (lab: Lab): Promise<Diagnosis[]> => examine(await consult(await clinicOf(lab)));
const urlOf = ({ topology: { service } }: Lab): string => `http://${service.address}:${service.port}/`;
const idsOf = (findings: readonly Diagnosis[]): string[] => [...new Set(findings.map(({ rule }) => rule))];

/** Plants a fault, asks the doctor, and mends it. */
async function tryFault(lab: Lab, { host, plant, meanwhile, connections, clock, wire, heal, after }: DoctorFault) {
  const inWire = async (state: 'up' | 'down'): Promise<void> => {
    if (wire !== undefined) await run(insideNamespace(lab.record.wire, ['ip', 'link', 'set', wire, state]));
  };
  if (plant !== undefined) await output(lab, host, plant);
  if (connections !== undefined) await answers(lab, connections);
  await inWire('down');
  const program = meanwhile === undefined ? undefined : lab.spawn(meanwhile.host, meanwhile.command);
  try {
    if (program !== undefined) await new Promise((resolve) => setTimeout(resolve, 300));
    if (clock !== undefined) advanceClock(lab, clock);
    const findings = await diagnose(lab);
    const shells = shellsOf(await clinicOf(lab));
    if (heal === undefined) for (const fix of fixesOf(findings)) await applyFix(fix, shells);
    else await output(lab, host, heal);
    return findings;
  } finally {
    if (program?.pid !== undefined) await endProcesses([program.pid], 0, 'SIGKILL');
    await inWire('up');
    if (after !== undefined) await output(lab, host, after);
  }
}

/** What the director finds without its real servers: by a plain SYN, by one at the server's MAC, and by one in a tunnel. */
const SEEN_ALONE: Readonly<
  Record<string, { host: string; plant: string; heal: string; rule: string; server: string }>
> = {
  nat: {
    host: 'web1',
    plant: 'ip route replace default via 1.1.1.129',
    heal: 'ip route replace default via 1.1.1.130',
    rule: 'nat-gateway',
    server: '1.1.1.128',
  },
  ipv6: {
    host: 'web1',
    plant: 'ip -6 address del 2001:db8:2::130/128 dev lo',
    heal: 'ip -6 address add 2001:db8:2::130/128 dev lo nodad',
    rule: 'vip-missing',
    server: '2001:db8:2::128',
  },
  tun: {
    host: 'web1',
    plant: 'weir decap down',
    heal: 'weir decap up --vip 1.1.1.130 --interface eth0',
    rule: 'no-decapsulation',
    server: '2.2.2.128',
  },
};

/** What it finds from what it noticed of the packets of clients, where no probe can tell. */
const NOTICED: Readonly<Record<string, { host: string; plant: string; heal: string; rule: string; server: string }>> = {
  dr: {
    host: 'web1',
    plant: 'ip address del 1.1.1.130/32 dev lo',
    heal: 'ip address add 1.1.1.130/32 dev lo',
    rule: 'vip-missing',
    server: '1.1.1.128',
  },
  'nat-one-nic': {
    host: 'web1',
    plant: 'ip route replace default via 1.1.1.1',
    heal: 'ip route replace default via 1.1.1.130',
    rule: 'nat-gateway',
    server: '1.1.1.128',
  },
};

test('every rule is planted here, or stands among those that are tried on recorded evidence only', () => {
  const planted = Object.values(DOCTOR_FAULTS).flatMap((faults) => faults.map(({ rule }) => rule));
  expect([...new Set([...planted, ...RECORDED_ONLY])].sort()).toEqual(RULES.map(({ id }) => id).sort());
  expect(planted.filter((rule) => RECORDED_ONLY.includes(rule))).toEqual([]);
});

describe.each(topologyNames())('the doctor in the lab %s', (name) => {
  const faults = DOCTOR_FAULTS[name] ?? [];
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

  const alone = SEEN_ALONE[name];
  if (alone !== undefined) {
    test('the director alone is silent as well, and concludes from its probes what is wrong', async () => {
      const { host, plant, heal, rule, server } = alone;
      const clinic = { ...(await clinicOf(lab)), servers: [] };
      expect(examine(await consult(clinic))).toEqual([]);
      await output(lab, host, plant);
      const findings = examine(await consult(clinic));
      await output(lab, host, heal);
      expect(findings.map((one) => ({ rule: one.rule, host: one.host }))).toEqual([{ rule, host: server }]);
    });
  }

  const noticed = NOTICED[name];
  if (noticed !== undefined) {
    test('the director alone concludes from what became of the packets of clients', async () => {
      const { host, plant, heal, rule, server } = noticed;
      const byItself = async (): Promise<{ rule: string; host: string }[]> => {
        const findings = examine(await consult({ ...(await clinicOf(lab)), servers: [] }));
        return findings.map((one) => ({ rule: one.rule, host: one.host }));
      };
      const ask = async (times: number): Promise<string> =>
        await output(
          lab,
          lab.client,
          `for i in $(seq ${times}); do curl -s -m 0.5 ${urlOf(lab)} > /dev/null; done; true`,
        );
      await output(lab, host, plant);
      await ask(6);
      const found = await byItself();
      await output(lab, host, heal);
      await ask(2);
      expect(found).toEqual([{ rule, host: server }]);
      expect(await byItself()).toEqual([]);
    });
  }

  const tried = faults.filter(({ heal }) => EVERY || heal === undefined);
  test.each(tried)('finds $rule at $host: $plant', async (fault) => {
    expect(idsOf(await tryFault(lab, fault))).toEqual([fault.rule]);
  });

  if (faults.length > 0) {
    test('is silent again when all is mended', async () => {
      expect(idsOf(await diagnose(lab))).toEqual([]);
    });
  }

  if (['nat', 'dr'].includes(name))
    test('names two faults at once; what was mended is taken back by undo', async () => {
      const [first, second] = faults;
      const shells = shellsOf(await clinicOf(lab));
      for (const { host, plant } of [first!, second!]) await output(lab, host, plant!);
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
