import { expect, test } from 'vitest';
import { healthy, withDirector } from '../../../test/support/patient.ts';
import type { Stranger } from '../../engine/engine.ts';
import { examine } from '../examine.ts';
import type { Diagnosis } from '../finding.ts';

/** How a program is taken off depends on where it is and what holds it there. */

const STRANGER = { interface: 'eth0', program: 42, name: 'guard', instead: false } as const;

function found(stranger: Stranger): Diagnosis {
  const findings = examine(withDirector(healthy('masquerade'), { strangers: [stranger] }));
  expect(findings.map(({ rule }) => rule)).toEqual(['foreign-program']);
  return findings[0]!;
}

test.each([
  {
    stranger: { ...STRANGER, hook: 'xdp', mode: 'native' },
    seen: 'ip -details link show eth0: xdp (native) prog_id 42 guard',
    off: 'ip link set dev eth0 xdpdrv off',
  },
  {
    stranger: { ...STRANGER, hook: 'xdp', mode: 'generic' },
    seen: 'ip -details link show eth0: xdp (generic) prog_id 42 guard',
    off: 'ip link set dev eth0 xdpgeneric off',
  },
  {
    stranger: { ...STRANGER, hook: 'xdp', mode: 'offloaded', name: '' },
    seen: 'ip -details link show eth0: xdp (offloaded) prog_id 42',
    off: 'ip link set dev eth0 xdpoffload off',
  },
  {
    stranger: { ...STRANGER, hook: 'xdp', mode: 'native', link: 7 },
    seen: 'ip -details link show eth0: xdp (native) prog_id 42 guard link_id 7',
    off: 'bpftool link detach id 7',
  },
  {
    stranger: { ...STRANGER, hook: 'tcx', link: 8 },
    seen: 'bpftool prog show id 42: eth0 tcx/ingress prog_id 42 guard link_id 8',
    off: 'bpftool link detach id 8',
  },
  {
    stranger: { ...STRANGER, hook: 'tcx' },
    seen: 'bpftool prog show id 42: eth0 tcx/ingress prog_id 42 guard',
    off: 'bpftool net detach tcx_ingress dev eth0 (Linux 6.12)',
  },
  {
    stranger: { ...STRANGER, hook: 'clsact', priority: 10 },
    seen: 'tc filter show dev eth0 ingress: filter pref 10 prog_id 42 guard',
    off: 'tc filter del dev eth0 ingress pref 10',
  },
  {
    stranger: { interface: 'eth0', hook: 'clsact', name: 'flower', priority: 5, instead: false },
    seen: 'tc filter show dev eth0 ingress: filter pref 5 flower',
    off: 'tc filter del dev eth0 ingress pref 5',
  },
] satisfies { stranger: Stranger; seen: string; off: string }[])('$off', ({ stranger, seen, off }) => {
  const { severity, confidence, evidence, explanation, fix } = found(stranger);
  expect([severity, confidence, fix]).toEqual(['warning', 'possible', undefined]);
  expect(evidence.map(({ command, value }) => `${command}: ${value}`)).toEqual([seen]);
  for (const text of [explanation.en, explanation.zh]) expect(text).toContain(off);
});

test('one in the place of the director’s own is certain to keep it away', () => {
  const { confidence, explanation } = found({ ...STRANGER, hook: 'xdp', mode: 'native', instead: true });
  expect(confidence).toBe('certain');
  expect(explanation.en).toContain('The director serves eth0 by TC');
});
