import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { isBpffs } from '../../src/kernel/bpffs.ts';
import { answers, output } from '../support/lab.ts';

/** What the director leaves on interfaces and in folders, and how it meets others there. */
let lab: Lab;
beforeEach(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'xdp', rules: true });
});
afterEach(async () => {
  await lab.down();
});

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const programs = async (): Promise<string> =>
  await output(
    lab,
    lab.director,
    'ip -details link show; tc filter show dev eth0 ingress; tc filter show dev eth1 ingress',
  );

test('a daemon that ends leaves nothing: no program, no mount, no folder', async () => {
  const folder = join(lab.folder(lab.director), 'bpf');
  expect(await programs()).toMatch(/xdp/);
  expect(isBpffs(folder)).toBe(true);
  await lab.stopDirector('SIGTERM');
  expect(await programs()).not.toMatch(/prog|xdp/);
  expect(existsSync(folder)).toBe(false);
  const { code } = await lab.exec(lab.client, ['curl', '-sS', '--max-time', '2', 'http://10.1.1.21/']);
  expect(code).not.toBe(0);
});

test('with --keep forwarding stays when the daemon ends', async () => {
  await lab.stopDirector('SIGTERM');
  await lab.startDirector('ebpf', ['--keep']);
  await lab.applyRules();
  await lab.stopDirector('SIGTERM');
  expect(await answers(lab, 100)).toEqual({ web1: 50, web2: 50 });
});

test('another XDP program on the interface is not pushed aside', async () => {
  const { code, stderr } = await lab.exec(lab.director, [
    'weir',
    'run',
    '--hook',
    'xdp',
    '--interface',
    'eth0',
    '--socket',
    join(lab.folder(lab.director), 'second/weir.sock'),
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain('another XDP program is attached to eth0');
  expect(stderr).toMatch(/fix: detach it .* or run Weir with --hook tc/);
  expect(existsSync(join(lab.folder(lab.director), 'second/bpf'))).toBe(false);
  expect(await answers(lab, 100)).toEqual({ web1: 50, web2: 50 });
});

test('restarted with other interfaces and hooks, it lets go of what it no longer needs', async () => {
  await lab.stopDirector('SIGKILL');
  await lab.startDirector('ebpf', ['--hook', 'tc']);
  expect(await programs()).not.toMatch(/xdp/);
  expect(await output(lab, lab.director, ['weir', 'status'])).toMatch(/interface eth0 +tcx/);
});

test('whoever asks is told the programs on an interface, their names, and the links that hold them', async () => {
  const script = `
    const { findInterface } = await import('${DIST}kernel/interfaces.js');
    const { linkHolding, programName, tcxPrograms } = await import('${DIST}kernel/other-programs.js');
    const { xdpPrograms } = await import('${DIST}kernel/hooks.js');
    const [eth0, eth1] = [findInterface('eth0'), findInterface('eth1')];
    const [program] = tcxPrograms(eth0);
    console.log(JSON.stringify({
      program,
      names: [...tcxPrograms(eth0), ...tcxPrograms(eth1)].map(programName),
      xdp: xdpPrograms(eth0).map(({ mode, program }) => [mode, programName(program), linkHolding(program, eth0) !== undefined]),
      links: [linkHolding(program, eth0), linkHolding(program, eth1)],
      unheld: linkHolding(0x7fffffff, eth0) ?? 'none',
    }));`;
  const seen = JSON.parse(await output(lab, lab.director, [process.execPath, '--input-type=module', '-e', script]));
  expect(seen).toEqual({
    program: expect.any(Number),
    names: ['weir_tc', 'weir_tc'],
    xdp: [['native', 'weir_xdp', true]],
    links: [expect.any(Number), expect.any(Number)],
    unheld: 'none',
  });
  expect(seen.links[0]).not.toBe(seen.links[1]);
  const shown = await output(lab, lab.director, `bpftool link show id ${seen.links[0]}`);
  expect(shown).toMatch(new RegExp(`^${seen.links[0]}: .* prog ${seen.program} `, 'u'));
});

/** The way of kernels without tcx, which this kernel has too. */
test('clsact takes, replaces and gives back its place among the filters', async () => {
  await lab.stopDirector('SIGTERM');
  const script = `
    const { loadObject } = await import('${DIST}kernel/bpf-object.js');
    const { attachClsact, hasClsact, detachClsact } = await import('${DIST}kernel/hooks.js');
    const { findInterface } = await import('${DIST}kernel/interfaces.js');
    const { objectPath } = await import('${DIST}engine/ebpf/maps/object-path.js');
    const object = loadObject(objectPath('tc'), { reuse: new Map(), sizes: new Map() });
    const eth0 = findInterface('eth0');
    const seen = [hasClsact(eth0)];
    attachClsact(object.program('weir_tc'), eth0);
    attachClsact(object.program('weir_tc'), eth0);
    seen.push(hasClsact(eth0));
    detachClsact(eth0.index);
    seen.push(hasClsact(eth0));
    console.log(JSON.stringify(seen));`;
  expect(JSON.parse(await output(lab, lab.director, [process.execPath, '--input-type=module', '-e', script]))).toEqual([
    false,
    true,
    false,
  ]);
});

test('clsact: a filter that somebody deletes with its qdisc is put back', async () => {
  await lab.stopDirector('SIGTERM');
  const script = `
    const { spawnSync } = await import('node:child_process');
    const { loadObject } = await import('${DIST}kernel/bpf-object.js');
    const { findInterface } = await import('${DIST}kernel/interfaces.js');
    const { Links } = await import('${DIST}engine/ebpf/interfaces/links.js');
    const { objectPath } = await import('${DIST}engine/ebpf/maps/object-path.js');
    const program = loadObject(objectPath('tc'), { reuse: new Map(), sizes: new Map() }).program('weir_tc');
    const eth0 = findInterface('eth0');
    const links = new Links('${join(lab.folder(lab.director), 'links')}');
    links.attach(eth0, 'clsact', program);
    const seen = [links.inspect(eth0, 'clsact', program) ?? 'sound'];
    spawnSync('tc', ['qdisc', 'del', 'dev', 'eth0', 'clsact']);
    for (let look = 0; look < 2; look++) seen.push(links.inspect(eth0, 'clsact', program) ?? 'sound');
    links.keepOnly([]);
    console.log(JSON.stringify(seen));`;
  const seen = await output(lab, lab.director, [process.execPath, '--input-type=module', '-e', script]);
  expect(JSON.parse(seen)).toEqual(['sound', 'program-removed', 'sound']);
  expect(await programs()).not.toMatch(/prog|weir_tc/);
});
