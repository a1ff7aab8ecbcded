import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labClinic } from '../../src/cli/doctor/clinic.ts';
import { connectDirector } from '../../src/daemon/client.ts';
import { consult } from '../../src/doctor/consult.ts';
import { examine } from '../../src/doctor/examine.ts';
import { PIN_LAYOUT } from '../../src/engine/ebpf/maps/tables.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import { libbpf } from '../../src/kernel/libbpf.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, directorLogText, eventually, output } from '../support/lab.ts';

/** An XDP program of somebody else on an interface of the director: never taken off, and said to be there. */

const EVEN = { web1: 10, web2: 10 };
const FOREIGN = fileURLToPath(new URL('../support/foreign-xdp.mjs', import.meta.url));
const FOREIGN_TC = fileURLToPath(new URL('../support/foreign-tc.mjs', import.meta.url));

let lab: Lab;
beforeAll(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'xdp', engine: 'none' });
});
afterAll(async () => {
  await lab.down();
});

const onDirector = async (command: string): Promise<string> => await output(lab, lab.director, command);
/** @returns why it could not be put there, if so */
const putForeign = async (name: string): Promise<string> =>
  await onDirector(`${process.execPath} ${FOREIGN} ${name} $(ip -o link show ${name} | cut -d: -f1)`);
const takeOff = async (name: string): Promise<string> => await onDirector(`ip link set dev ${name} xdp off`);
/** Number of the XDP program on an interface, 0 without one. */
const programOn = async (name: string): Promise<number> =>
  (JSON.parse(await onDirector(`ip -j link show ${name}`)) as { xdp?: { prog: { id: number } } }[])[0]?.xdp?.prog.id ??
  0;
/** What the doctor says of the director alone. */
const diagnosed = async (): Promise<string[]> => {
  const clinic = await labClinic({ lab: lab.id, service: undefined, socket: '', via: [] });
  const findings = examine(await consult({ ...clinic, servers: [] }));
  return findings.flatMap(({ rule, confidence, evidence }) =>
    evidence.map(({ command, value }) => `${rule} ${confidence} ${command}: ${value}`),
  );
};
const status = async () => await (await connectDirector(lab.socket)).status();
const fact = async (wanted: string): Promise<string> =>
  (await status()).facts.find(({ name }) => name === wanted)?.value ?? 'not there';
const faults = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await status()).faults.map(({ fault, count }) => [fault, count]));

test('a director that is to use XDP is refused, and leaves nothing behind', async () => {
  expect(await putForeign('eth1')).toBe('');
  const foreign = await programOn('eth1');
  await expect(lab.startDirector()).rejects.toThrow(/another XDP program is attached to eth1/);
  expect([await programOn('eth0'), await programOn('eth1')]).toEqual([0, foreign]);
  expect(existsSync(join(lab.folder(lab.director), 'bpf'))).toBe(false);
});

test('at TC it forwards behind the other program, and says so until that is gone', async () => {
  const foreign = await programOn('eth1');
  await lab.startDirector('ebpf', ['--hook', 'tc']);
  await lab.applyRules();
  expect(await answers(lab, 20)).toEqual(EVEN);
  expect(await fact('interface eth0')).toBe('tcx (--hook tc)');
  expect(await fact('interface eth1')).toBe(`tcx (--hook tc), behind XDP program ${foreign} of somebody else`);
  expect(await directorLogText(lab)).toContain(`XDP program ${foreign} of somebody else is on eth1`);
  expect((await status()).strangers).toEqual([
    { interface: 'eth1', hook: 'xdp', mode: 'native', program: foreign, name: 'foreign', instead: false },
  ]);
  expect(await diagnosed()).toEqual([
    `foreign-program possible ip -details link show eth1: xdp (native) prog_id ${foreign} foreign`,
  ]);
  expect(await programOn('eth1')).toBe(foreign);
  await takeOff('eth1');
  await eventually(() => fact('interface eth1'), 'tcx (--hook tc)');
  expect(await diagnosed()).toEqual([]);
});

test('one that is put there later is seen as well', async () => {
  expect(await putForeign('eth0')).toBe('');
  const foreign = await programOn('eth0');
  await eventually(() => fact('interface eth0'), `tcx (--hook tc), behind XDP program ${foreign} of somebody else`);
  expect(await answers(lab, 20)).toEqual(EVEN);
  await lab.stopDirector();
  expect(await programOn('eth0')).toBe(foreign);
  await takeOff('eth0');
});

test("none gets in the place of the director's own; once that is taken off, TC goes on until the place is free", async () => {
  await lab.startDirector();
  await lab.applyRules();
  expect(await putForeign('eth0')).toBe('eth0: EBUSY');
  process.kill(lab.directorPid, 'SIGSTOP');
  await takeLinkOff('xdp', 'eth0');
  expect(await putForeign('eth0')).toBe('');
  process.kill(lab.directorPid, 'SIGCONT');
  const foreign = await programOn('eth0');
  await eventually(faults, { 'attach-failed': 1 });
  expect(await fact('interface eth0')).toBe('tcx (--hook xdp)');
  expect(await fact('interface eth0 xdp')).toBe('not served: another XDP program is attached to eth0');
  expect(await answers(lab, 20)).toEqual(EVEN);
  expect(await programOn('eth0')).toBe(foreign);
  expect(await diagnosed()).toEqual([
    `foreign-program certain ip -details link show eth0: xdp (native) prog_id ${foreign} foreign`,
  ]);
  await takeOff('eth0');
  await eventually(faults, { 'attach-failed': 1, 'program-removed': 1 });
  expect(await fact('interface eth0')).toBe('xdp and tcx (--hook xdp)');
  expect(await answers(lab, 20)).toEqual(EVEN);
  expect(await diagnosed()).toEqual([]);
});

async function takeLinkOff(hook: string, name: string): Promise<void> {
  const index = (await onDirector(`ip -o link show ${name}`)).split(':')[0];
  const link = openPin(join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'links', `${hook}_${index}`));
  libbpf().link_detach(link);
  libbpf().close(link);
}

test('an interface that comes with one is served by TC', async () => {
  const cable = 'ip link add late0 type veth peer name late1';
  await lab.stopDirector();
  await lab.startDirector('ebpf', ['--interface', 'eth0,eth1,late0', '--await-interfaces']);
  await lab.applyRules();
  process.kill(lab.directorPid, 'SIGSTOP');
  await onDirector(`${cable} && ip link set late0 up && ip link set late1 up`);
  expect(await putForeign('late0')).toBe('');
  process.kill(lab.directorPid, 'SIGCONT');
  await eventually(() => fact('interface late0'), 'tcx (--hook xdp)');
  expect(await fact('interface late0 xdp')).toBe('not served: another XDP program is attached to late0');
  await takeOff('late0');
  await eventually(() => fact('interface late0'), 'xdp and tcx (--hook xdp)');
});

test('a program before the director at TC is named', async () => {
  await lab.stopDirector();
  await lab.startDirector('ebpf', ['--hook', 'tc']);
  await lab.applyRules();
  expect(await onDirector(`${process.execPath} ${FOREIGN_TC} tcx eth0 $(ip -o link show eth0 | cut -d: -f1)`)).toBe('');
  const [foreign] = (await status()).strangers;
  expect(foreign).toEqual({
    interface: 'eth0',
    hook: 'tcx',
    program: expect.any(Number) as number,
    name: 'foreign',
    instead: false,
  });
  await eventually(
    () => fact('interface eth0'),
    `tcx (--hook tc), behind TC program ${foreign!.program} of somebody else`,
  );
  expect(await diagnosed()).toEqual([
    `foreign-program possible bpftool prog show id ${foreign!.program}: eth0 tcx/ingress prog_id ${foreign!.program} foreign`,
  ]);
  expect(await answers(lab, 20)).toEqual(EVEN);
});
