import { describe, expect, test } from 'vitest';
import { destination, DIP, healthy, idsOf, RIPS, service, VIP, withDirector } from '../../test/support/patient.ts';
import { newSignals, type IcmpKind, type Signals } from '../lvs/signals.ts';
import { examine } from './examine.ts';
import type { Patient } from './facts.ts';

describe('the doctor at the director alone', () => {
  const probed = (method: 'masquerade' | 'route', answer: 'syn-ack' | 'reset' | 'silence', source: string): Patient => {
    const vip = method === 'route' ? DIP : VIP;
    const probe = { answer, source, command: `SYN from ${source}` };
    const destinations = RIPS.map((address) => destination(address, { method, probe }));
    return {
      ...withDirector(healthy(method), { services: [service({ method, vip }, { destinations })] }),
      servers: [],
    };
  };

  test.each([
    { what: 'an answer', patient: probed('masquerade', 'syn-ack', VIP), rules: [] },
    { what: 'RST', patient: probed('masquerade', 'reset', VIP), rules: ['not-listening'] },
    { what: 'no answer to its other segment', patient: probed('masquerade', 'silence', VIP), rules: ['nat-gateway'] },
    { what: 'no answer to the same segment', patient: probed('masquerade', 'silence', DIP), rules: [] },
    { what: 'no answer for the VIP', patient: probed('route', 'silence', '1.1.1.131'), rules: ['vip-missing'] },
  ])('concludes from $what: $rules', ({ patient, rules }) => {
    expect(idsOf(patient)).toEqual(rules);
  });
});

describe('what the director notices while it forwards', () => {
  interface Noticed {
    method: 'masquerade' | 'route' | 'tunnel';
    signals: Partial<Signals>;
    probe?: { answer: 'syn-ack' | 'silence'; source: string };
  }
  const noticed = ({ method, signals, probe }: Noticed): Patient => {
    const vip = method === 'masquerade' ? VIP : DIP;
    const destinations = RIPS.map((address) =>
      destination(address, {
        method,
        signals: { ...newSignals(), ...signals },
        probe: probe && { ...probe, command: `SYN from ${probe.source}` },
      }),
    );
    return {
      ...withDirector(healthy(method), { services: [service({ method, vip }, { destinations })] }),
      servers: [],
    };
  };
  const icmp = (kind: IcmpKind): Signals['icmp'] => ({ ...newSignals().icmp, [kind]: 3 });
  const mute = { attempts: 5, uncompleted: 5, unanswered: 5 };
  const open = { attempts: 5, uncompleted: 5 };

  test.each<{ what: string; rules: string[] } & Noticed>([
    { what: 'no answer ever passes', method: 'masquerade', signals: mute, rules: ['nat-gateway'] },
    {
      what: 'no answer ever passes, though the neighbour gets one',
      method: 'masquerade',
      signals: mute,
      probe: { answer: 'syn-ack', source: DIP },
      rules: ['nat-gateway'],
    },
    {
      what: 'no answer has passed, and one does now',
      method: 'masquerade',
      signals: mute,
      probe: { answer: 'syn-ack', source: VIP },
      rules: [],
    },
    { what: 'answers are RST', method: 'masquerade', signals: { ...open, refused: 5 }, rules: ['not-listening'] },
    { what: 'two handshakes are open', method: 'route', signals: { attempts: 9, uncompleted: 2 }, rules: [] },
    { what: 'no handshake ends', method: 'route', signals: open, rules: ['vip-missing'] },
    {
      what: 'no handshake ends, and the director gets an answer',
      method: 'route',
      signals: open,
      probe: { answer: 'syn-ack', source: '1.1.1.131' },
      rules: ['reply-lost'],
    },
    {
      what: 'no handshake ends, nor gets the director an answer',
      method: 'route',
      signals: open,
      probe: { answer: 'silence', source: '1.1.1.131' },
      rules: ['vip-missing'],
    },
    {
      what: 'the protocol of the tunnel is unknown',
      method: 'tunnel',
      signals: { ...open, icmp: icmp('protocol') },
      rules: ['no-decapsulation'],
    },
    {
      what: 'packets are prohibited',
      method: 'route',
      signals: { ...open, icmp: icmp('prohibited') },
      rules: ['firewall-server'],
    },
  ])('$method: $what: $rules', ({ rules, ...one }) => {
    expect(idsOf(noticed(one))).toEqual(rules);
    for (const { evidence } of examine(noticed(one)))
      expect(evidence.map(({ command }) => command)).toContain(
        one.probe?.answer === 'silence' ? `SYN from ${one.probe.source}` : 'weir list --signals',
      );
  });
});
