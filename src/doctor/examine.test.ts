import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  destination,
  DIP,
  firewallRule,
  healthy,
  idsOf,
  nic,
  RIPS,
  route,
  service,
  VIP,
  withDirector,
  withDirectorHost,
  withServer,
} from '../../test/support/patient.ts';
import { examine } from './examine.ts';
import { reportText } from './report.ts';
import type { Stranger } from '../engine/engine.ts';
import type { HostFacts, Patient } from './facts.ts';
import { RULES } from './rules/index.ts';

const nat = healthy('masquerade');
const dr = healthy('route');
const tun = healthy('tunnel');

const gateway = (via: string) => (): Partial<HostFacts> => ({
  routes: [route('0.0.0.0/0', { via }), route('1.1.1.0/24')],
});
const sysctls =
  (changes: Record<string, string>) =>
  (host: HostFacts): Partial<HostFacts> => ({ sysctls: { ...host.sysctls, ...changes } });
const lo =
  (...addresses: string[]) =>
  (host: HostFacts): Partial<HostFacts> => ({
    interfaces: [nic('lo', '', '127.0.0.1/8', ...addresses), ...host.interfaces.slice(1)],
  });
const connection = (client: string, server: string, change: object = {}) => ({
  client,
  virtual: { address: VIP, port: 80 },
  server: { address: server, port: 80 },
  state: 'ESTABLISHED',
  expires: 890,
  ...change,
});

const silent = (address: string): Patient =>
  withDirector(nat, {
    services: [
      service(
        { method: 'masquerade', vip: VIP },
        { destinations: RIPS.map((one) => destination(one, { method: 'masquerade', isNeighbour: one !== address })) },
      ),
    ],
  });

const stranger = (change: Partial<Stranger>): Stranger => ({
  interface: 'eth0',
  hook: 'xdp',
  mode: 'native',
  program: 42,
  name: 'flood_filter',
  instead: false,
  ...change,
});

/** Words that no output of a tool has, but every sentence. */
const ENGLISH_PROSE = /\b(?:no|not|nothing|only|is|has|the|of|to|by|from|and|but|without|answer)\b/u;

/** One patient for every rule: what is changed is the fault, and nothing but the fault is found. */
const FAULTS: Record<string, Patient> = {
  'nat-gateway': withServer(nat, gateway('1.1.1.1')),
  'client-beside-server': withDirector(nat, { connections: [connection('1.1.1.77', RIPS[0])] }),
  'ip-forward': withDirectorHost(nat, sysctls({ 'net.ipv4.ip_forward': '0', 'net.ipv4.conf.eth1.forwarding': '0' })),
  redirects: withDirector(
    withDirectorHost(nat, (host) => ({
      interfaces: [nic('eth0', '02:01:01:01:01:30', `${DIP}/24`, '1.1.1.21/24')],
      routes: [route('1.1.1.0/24')],
      sysctls: { ...host.sysctls, 'net.ipv4.conf.all.send_redirects': '1' },
    })),
    { services: [service({ method: 'masquerade', vip: '1.1.1.21' })] },
  ),
  'rp-filter-director': withDirectorHost(nat, (host) => ({
    sysctls: { ...host.sysctls, 'net.ipv4.conf.eth0.rp_filter': '1' },
    counters: { 'TcpExt:IPReversePathFilter': 3 },
  })),
  'vip-unreachable': withDirector(nat, { services: [service({ method: 'masquerade', vip: '10.1.1.99' })] }),
  'firewall-director': withDirectorHost(nat, () => ({ firewall: [firewallRule({ addresses: [VIP] })] })),
  'source-nat': withDirectorHost(nat, () => ({
    firewall: [firewallRule({ hook: 'postrouting', verdict: 'masquerade', addresses: [RIPS[0]] })],
  })),
  'vip-missing': withServer(dr, lo()),
  'vip-short-mask': withServer(dr, lo(`${DIP}/24`)),
  'arp-answers': withServer(dr, sysctls({ 'net.ipv4.conf.all.arp_ignore': '0', 'net.ipv4.conf.lo.arp_ignore': '1' })),
  'arp-announce': withServer(dr, sysctls({ 'net.ipv4.conf.all.arp_announce': '1' })),
  'dr-gateway': withServer(dr, gateway(DIP)),
  'rp-filter-server': withServer(dr, (host) => ({
    interfaces: [...host.interfaces, nic('eth1', '02:aa:00:00:00:01', '192.168.9.8/24')],
    routes: [route('0.0.0.0/0', { via: '192.168.9.1', dev: 'eth1' }), route('1.1.1.0/24')],
    sysctls: { ...host.sysctls, 'net.ipv4.conf.eth0.rp_filter': '1' },
  })),
  'no-way-back': withServer(dr, () => ({ routes: [route('1.1.1.0/24')] })),
  'not-listening': withServer(dr, () => ({ listeners: [{ protocol: 'tcp', address: RIPS[0], port: 80 }] })),
  'server-beyond-router': withDirector(dr, {
    services: [service({ method: 'route', vip: DIP }, { destinations: [destination('9.9.9.9')] })],
    host: {
      ...dr.director!.host,
      routes: [...dr.director!.host.routes, route('0.0.0.0/0', { via: '1.1.1.1', dev: 'eth1' })],
    },
  }),
  'client-is-director': withDirector(dr, {
    connections: [connection(DIP, RIPS[0], { virtual: { address: DIP, port: 80 } })],
  }),
  'director-loop': withServer(dr, () => ({
    rules: [`-A -t ${DIP}:80 -s rr`, `-a -t ${DIP}:80 -r ${RIPS[1]}:80 -g -w 1`],
  })),
  'no-decapsulation': withServer(tun, (host) => ({
    interfaces: host.interfaces.filter(({ kind }) => kind !== 'ipip'),
    counters: { 'Ip:InUnknownProtos': 2 },
  })),
  'tunnel-mtu': withServer(tun, gateway('1.1.1.1')),
  'large-receive-offload': withDirectorHost(nat, (host) => ({
    interfaces: host.interfaces.map((one) => ({
      ...one,
      features: { 'large-receive-offload': one.name === 'eth1' },
    })),
  })),
  'firewall-server': withServer(dr, () => ({ firewall: [firewallRule({ addresses: [DIP], packets: 4 })] })),
  'reply-lost': withServer(dr, () => ({
    halfOpen: [1, 2, 3].map((port) => ({
      local: { address: DIP, port: 80 },
      peer: { address: '10.1.1.100', port: 40_000 + port },
    })),
  })),
  'nothing-schedulable': withDirector(nat, {
    services: [
      service(
        { method: 'masquerade', vip: VIP },
        { destinations: RIPS.map((address) => destination(address, { method: 'masquerade', weight: 0 })) },
      ),
    ],
  }),
  'persistence-share': withDirector(nat, {
    services: [
      service(
        { method: 'masquerade', vip: VIP },
        {
          persistence: { timeout: 360, netmask: '255.255.255.255' },
          destinations: RIPS.map((address, place) =>
            destination(address, { method: 'masquerade', active: place === 0 ? 90 : 2 }),
          ),
        },
      ),
    ],
  }),
  'idle-timeout': withServer(
    withDirector(nat, { connections: [connection('10.1.1.100', RIPS[0], { expires: 30 })] }),
    sysctls({ 'net.ipv4.tcp_keepalive_time': '7200' }),
  ),
  'ftp-alone': withDirector(nat, {
    services: [service({ method: 'masquerade', vip: VIP }, { match: { protocol: 'tcp', address: VIP, port: 21 } })],
  }),
  'duplicate-vip': withDirector(nat, { answers: { [VIP]: ['02:bb:00:00:00:07'] } }),
  'sh-table': withDirector(nat, {
    services: [
      service(
        { method: 'masquerade', vip: VIP },
        {
          scheduler: 'sh',
          destinations: RIPS.map((address) => destination(address, { method: 'masquerade', weight: 200 })),
        },
      ),
    ],
  }),
  checksums: withServer(nat, () => ({ counters: { 'Tcp:InCsumErrors': 12 } })),
  'vip-as-source': withServer(
    {
      ...dr,
      servers: dr.servers.map((one) => ({
        ...one,
        duties: [...one.duties, { ...one.duties[0]!, vip: '2001:db8::5' }],
      })),
    },
    (host) => ({
      interfaces: host.interfaces.map((one) =>
        one.loopback
          ? {
              ...one,
              addresses: [
                ...one.addresses,
                { address: '2001:db8::5', length: 128, deprecated: false, duplicate: false },
              ],
            }
          : one,
      ),
      routes: [...host.routes, route('::/0', { via: 'fe80::1' })],
    }),
  ),
  'server-silent': silent(RIPS[0]),
  'foreign-program': withDirector(nat, { strangers: [stranger({})] }),
};

describe('the doctor', () => {
  test.each([
    { method: 'masquerade', patient: nat },
    { method: 'route', patient: dr },
    { method: 'tunnel', patient: tun },
  ])('is silent where nothing is wrong: $method', ({ patient }) => {
    expect(examine(patient)).toEqual([]);
  });

  test('has a fault here for every rule it knows, numbered from 1 without a gap', () => {
    expect(Object.keys(FAULTS)).toEqual(RULES.map(({ id }) => id));
    expect(RULES.map(({ number }) => number)).toEqual(RULES.map((_, place) => place + 1));
  });

  test.each(Object.entries(FAULTS).map(([rule, patient]) => ({ rule, patient })))(
    'names $rule and nothing else',
    ({ rule, patient }) => {
      const others: readonly string[] = ALONGSIDE[rule] ?? [];
      expect(idsOf(patient)).toEqual([rule, ...others].sort());
    },
  );

  test.each(RULES.map((rule) => ({ rule })))(
    '$rule.id shows evidence and explains itself in both languages',
    ({ rule }) => {
      const findings = examine(FAULTS[rule.id]!, [rule]);
      expect(findings.length).toBeGreaterThan(0);
      for (const { evidence, explanation, title } of findings) {
        expect(evidence.length).toBeGreaterThan(0);
        for (const { value, valueZh = value } of evidence) expect(valueZh).not.toMatch(ENGLISH_PROSE);
        for (const text of [explanation, title]) {
          expect(text.en).toMatch(/[a-z]/u);
          expect(text.zh).toMatch(/\p{Script=Han}/u);
        }
      }
    },
  );

  test('the Chinese report has its evidence in Chinese, and calls a host that looks at itself so', () => {
    const { director: _, servers } = withServer(dr, () => ({ name: 'this host', listeners: [] }));
    const here = { director: undefined, servers: servers.slice(0, 1) };
    expect(reportText(examine(here), 'zh')).toMatch(
      /^本机: .* \[not-listening\] \(错误, 确定\)\n {2}依据: ss -lnt sport = :80: 80 端口上没有程序$/mu,
    );
    expect(reportText(examine(here), 'en')).toMatch(/^this host: .*\n {2}seen: .*: nothing on port 80$/mu);
  });

  test('names both of two faults, the graver one first', () => {
    const both = withDirector(withServer(nat, gateway('1.1.1.1')), {
      services: [
        service(
          { method: 'masquerade', vip: VIP },
          {
            scheduler: 'sh',
            destinations: RIPS.map((address) => destination(address, { method: 'masquerade', weight: 200 })),
          },
        ),
      ],
    });
    expect(examine(both).map(({ rule }) => rule)).toEqual(['nat-gateway', 'sh-table']);
  });
});

/** Faults that are seen from two sides. */
const ALONGSIDE: Record<string, readonly string[]> = {
  'vip-as-source': ['vip-missing'],
};

test.each(['docs/doctor-rules.md', 'docs/zh/doctor-rules.md'])(
  '%s has a section for each rule and no other',
  (path) => {
    const sections = [...readFileSync(path, 'utf8').matchAll(/^## (\d+)\. (\S+)$/gmu)];
    expect(sections.map(([, number, id]) => [Number(number), id])).toEqual(RULES.map(({ number, id }) => [number, id]));
  },
);

test.each([
  ['docs/doctor-rules.md', (faults: string) => `In the lab: ${faults || 'it cannot be planted'}.`, ', '],
  ['docs/zh/doctor-rules.md', (faults: string) => `实验里的故障：${faults || '无法制造'}。`, '、'],
])('%s says by which fault of the lab each rule can be seen', (path, sentence, comma) => {
  const sections = readFileSync(path, 'utf8')
    .split(/^## (?=\d)/mu)
    .slice(1);
  for (const [index, { faults }] of RULES.entries()) {
    expect(sections[index]).toContain(sentence(faults.map((fault) => `\`${fault}\``).join(comma)));
  }
});

test('replies that go to the director are not lost in between: the director drops them', () => {
  const halfOpen = [1, 2, 3].map((port) => ({
    local: { address: DIP, port: 80 },
    peer: { address: '10.1.1.100', port: 40_000 + port },
  }));
  expect(idsOf(withServer(withServer(dr, gateway(DIP)), () => ({ halfOpen })))).toEqual(['dr-gateway']);
});
