import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../base/words.ts';
import { loadTopology } from '../catalogue.ts';
import { plantFaults } from '../fault.ts';
import { textWidth } from '../graph/wrap-text.ts';
import { questionOf } from './ask.ts';
import { traceInMemory } from './in-memory.ts';
import { mermaidTrace } from './print-mermaid.ts';
import { svgTrace } from './print-svg.ts';
import { endText, printTrace } from './print-table.ts';
import type { Trace } from './trace.ts';

async function trace(name: string, to: string, faults: string[] = [], protocol: 'tcp' | 'udp' = 'tcp'): Promise<Trace> {
  const topology = await plantFaults(await loadTopology(name), faults);
  return await traceInMemory(
    topology,
    questionOf(topology, name === 'ipv6' ? '[2001:db8:1::100]:40000' : '10.1.1.100:40000', to, protocol),
  );
}

const table = (found: Trace, layer: 2 | 3 | 4, language: 'en' | 'zh' = 'en'): string =>
  printTrace(found, { language, layer, width: 200, bold: false });
const places = (found: Trace, way: 'request' | 'reply'): string[] | undefined =>
  found[way]?.sightings.map(({ point, direction }) => `${point.host} ${point.nic} ${direction}`);

/** Of each kind of step one: a tunnel, a silent host at the edge, a drop with a long reason, addresses of IPv6. */
const PICTURED: [name: string, service: string, faults: string[]][] = [
  ['nat', '10.1.1.21:80', []],
  ['tun', '1.1.1.130:80', ['tunnel-missing']],
  ['dr', '1.1.1.130:80', ['gateway-director']],
  ['ipv6', '[2001:db8:2::130]:80', ['no-return-route']],
];

describe('masquerading', () => {
  test('both ways pass the director, which rewrites the destination and restores the source', async () => {
    const found = await trace('nat', '10.1.1.21:80');

    expect(places(found, 'request')).toEqual([
      'client eth0 out',
      'director eth0 in',
      'director eth1 out',
      'web2 eth0 in',
    ]);
    expect(places(found, 'reply')).toEqual([
      'web2 eth0 out',
      'director eth1 in',
      'director eth0 out',
      'client eth0 in',
    ]);
    expect(found.request?.sightings.map(({ fields }) => fields.dip)).toEqual([
      '10.1.1.21',
      '10.1.1.21',
      '1.1.1.129',
      '1.1.1.129',
    ]);
    expect(found.reply?.sightings.map(({ fields }) => fields.sip)).toEqual([
      '1.1.1.129',
      '1.1.1.129',
      '10.1.1.21',
      '10.1.1.21',
    ]);
    expect(endText(found).en).toBe('delivered. client sees the answer web2.');
  });

  test('the director’s decisions stand where it takes them, between the questions of ARP', async () => {
    const { steps } = await trace('nat', '10.1.1.21:80');

    expect(steps.map(({ kind, host }) => `${kind} ${host}`)).toEqual([
      'arp client',
      'arp director',
      'hop client',
      'hop director',
      'director director',
      'arp director',
      'arp web2',
      'hop director',
      'hop web2',
      'hop web2',
      'hop director',
      'director director',
      'hop director',
      'hop client',
    ]);
    expect(steps[4]?.decisions?.map(({ kind }) => kind)).toEqual([
      'connection',
      'service',
      'candidates',
      'choice',
      'state',
      'route',
      'rewrite',
      'rewrite',
    ]);
  });

  test('a wrong gateway: the answer ends at a host that is no router', async () => {
    const found = await trace('nat', '10.1.1.21:80', ['gateway-wrong']);

    expect(places(found, 'reply')).toEqual(['web2 eth0 out', 'web1 eth0 in']);
    expect(found.end).toMatchObject({ delivered: false, dropped: { host: 'web1' }, result: { kind: 'timeout' } });
  });

  test('a refusal is a reply too', async () => {
    const found = await trace('nat', '10.1.1.21:80', ['service-stopped']);

    expect(found.reply?.sightings.map(({ fields }) => fields.flags)).toEqual(['RA', 'RA', 'RA', 'RA']);
    expect(endText(found).en).toBe(
      'not delivered. web2 drops the packet: nothing listens on this TCP port. client sees a refusal (ECONNREFUSED).',
    );
  });

  test('a datagram to a port that is no service ends at the director', async () => {
    const found = await trace('nat', '10.1.1.21:7', [], 'udp');
    expect(found.end).toMatchObject({ dropped: { host: 'director' }, result: { errno: 'ECONNREFUSED' } });
  });
});

test('direct routing: the director changes MAC addresses, and the answer goes past it', async () => {
  const found = await trace('dr', '1.1.1.130:80');

  expect(new Set(found.request?.sightings.map(({ fields }) => fields.dip))).toEqual(new Set(['1.1.1.130']));
  expect(places(found, 'reply')?.some((place) => place.startsWith('director'))).toBe(false);
  expect(found.end.delivered).toBe(true);
});

describe('how it is told', () => {
  test('a layer has the rows of those below it', async () => {
    const found = await trace('nat', '10.1.1.21:80');
    const rows = (layer: 2 | 3 | 4) =>
      new Set([...table(found, layer).matchAll(/^(sp|dp|sip|dip|smac|dmac|ttl|flags|outer) /gm)].map(([, row]) => row));

    expect(rows(2)).toEqual(new Set(['smac', 'dmac']));
    expect(rows(3)).toEqual(new Set(['sip', 'dip', 'smac', 'dmac', 'ttl']));
    expect(rows(4)).toEqual(new Set(['sp', 'dp', 'sip', 'dip', 'smac', 'dmac', 'ttl', 'flags']));
  });

  test('in Chinese as well', async () => {
    const text = table(await trace('dr', '1.1.1.130:80', ['vip-missing']), 4, 'zh');
    expect(text).toContain(
      '结果：没有送达。web2 丢弃这个报文：目的地址不是本机地址，而本机不转发（ip_forward=0）（4 次）。client 看到的是：超时。',
    );
    expect(text).toContain('1.1.1.129:80  权重 1，活动 0，非活动 0');
  });

  test('as a sequence diagram, for Mermaid and as a picture', async () => {
    const found = await trace('dr', '1.1.1.130:80', ['vip-missing']);

    expect(mermaidTrace(found, 'en').split('\n')).toEqual(
      expect.arrayContaining([
        'sequenceDiagram',
        '  participant web2',
        '  client->>router: S 10.1.1.100:40000 > 1.1.1.130:80<br/>02:10:01:01:01:00 > 02:10:01:01:00:22, TTL 64',
        '  director->>web2: S 10.1.1.100:40000 > 1.1.1.130:80<br/>02:01:01:01:01:30 > 02:01:01:01:01:29, TTL 62',
      ]),
    );
    const svg = svgTrace(found, 'en');
    expect(svg.match(/<line class="arrow/g)).toHaveLength(3);
    expect(svg).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
    expect(svg).toContain('S 10.1.1.100:40000 &gt; 1.1.1.130:80');
  });

  test.each(LANGUAGES)('as a picture whose texts all stand within it (%s)', async (language) => {
    for (const [name, service, fault] of PICTURED) {
      const svg = svgTrace(await trace(name, service, fault), language);
      const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
      for (const [, x, rest = '', words = ''] of svg.matchAll(/<text x="([\d.]+)"([^>]*)>([^<]*)</g)) {
        const length = textWidth(words.replaceAll(/&\w+;/g, '>'));
        const begin = Number(x) - length * (rest.includes('"end"') ? 1 : rest.includes('"middle"') ? 0.5 : 0);
        expect({ words, within: begin >= 0 && begin + length <= width }).toEqual({ words, within: true });
      }
    }
  });
});

describe('a tunnel', () => {
  test('comes by its router twice, first bare and then wrapped, and each time is told of the address that counts there', async () => {
    const { steps } = await trace('tun', '1.1.1.130:80');
    const atRouter = steps.filter(
      ({ kind, host, text }) => kind === 'hop' && host === 'router' && /It arrives/.test(text.en),
    );

    expect(atRouter.map(({ text }) => /but (\S+) is not/.exec(text.en)?.[1])).toEqual([
      '1.1.1.130',
      '2.2.2.129',
      '10.1.1.100',
    ]);
    expect(atRouter.map(({ arrow }) => arrow?.from)).toEqual(['client', 'director', 'web2']);
    expect(steps.map(({ text }) => text.en)).toContain(
      "router passes the tunnel's packet on: MAC addresses and the outer TTL change, what is inside does not; it sends the frame out of eth2 to web2 eth0.",
    );
  });
});

describe('what cannot be asked', () => {
  const cases: [from: string, to: string, code: string][] = [
    ['10.1.1.9', '10.1.1.21:80', 'LAB_UNKNOWN'],
    ['somebody', '10.1.1.21:80', 'USAGE'],
    ['10.1.1.100:0', '10.1.1.21:80', 'USAGE'],
    ['10.1.1.100', '10.1.1.21', 'USAGE'],
    ['10.1.1.100', '10.1.1.21:http', 'USAGE'],
  ];

  test.each(cases)('from %s to %s: %s', async (from, to, code) => {
    const topology = await loadTopology('nat');
    expect(() => questionOf(topology, from, to, 'tcp')).toThrow(expect.objectContaining({ code }));
  });

  test('IPv6 addresses stand in brackets before a port', async () => {
    const topology = await loadTopology('nat');
    expect(() => questionOf(topology, '[2001:db8::1]:40000', '[2001:db8::2]:80', 'tcp')).toThrow(
      expect.objectContaining({ code: 'LAB_UNKNOWN', found: '2001:db8::1' }),
    );
  });
});
