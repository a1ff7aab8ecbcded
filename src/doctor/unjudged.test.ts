import { describe, expect, test } from 'vitest';
import { healthy, idsOf, withServer } from '../../test/support/patient.ts';
import { unheard, unseen } from './examine.ts';
import { unheardText, unseenText } from './report.ts';
import type { Patient } from './facts.ts';

const nat = healthy('masquerade');

describe('what was not looked at is said', () => {
  test('with director and real servers every rule is judged', () => {
    expect(unseen(healthy('route'))).toEqual([]);
  });

  test('of a director alone, what only real servers show', () => {
    const open = unseen({ ...healthy('route'), servers: [] });
    expect(open).toContain('dr-gateway');
    expect(open).not.toContain('vip-missing');
    expect(unseenText(open, 'server', 'en')).toMatch(/^Not judged, as no real server was looked at: vip-short-mask, /u);
    expect(unseenText(open, 'server', 'zh')).toContain('没有查看真实服务器');
  });

  test('of a real server alone, what the director and the network show', () => {
    const open = unseen({ ...healthy('route'), director: undefined });
    expect(open).toContain('duplicate-vip');
    expect(open).not.toContain('arp-answers');
    expect(unseenText(open, 'director', 'en')).toContain('Run `weir doctor` there, too.');
  });
});

describe('a program that does not answer on a host', () => {
  const without = (tool: 'ss' | 'nft', patient = nat): Patient =>
    withServer(patient, () => ({ mute: [tool], listeners: [] }));

  test('is no evidence: without ss nobody is said not to listen', () => {
    expect(idsOf(withServer(nat, () => ({ listeners: [] })))).toEqual(['not-listening']);
    expect(idsOf(without('ss'))).toEqual([]);
  });

  test('is named with the rules that are not judged there for it', () => {
    const [host] = nat.servers.map((server) => server.host.name);
    expect(unheard(without('ss'))).toEqual([{ host, tool: 'ss', rules: ['not-listening', 'reply-lost'] }]);
    expect(unheardText(unheard(without('nft')), 'en')).toBe(
      `Not judged at ${host}, where nft does not answer (it is missing, or needs root): firewall-server.\n`,
    );
    expect(unheardText(unheard(without('nft')), 'zh')).toContain('没有安装，或者需要 root');
  });

  test('is nothing to speak of where no rule would ask it', () => {
    expect(unheard(withServer(nat, () => ({ mute: ['ethtool'] })))).toEqual([]);
  });
});
