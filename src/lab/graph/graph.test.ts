import { describe, expect, test } from 'vitest';
import { loadTopology, topologyNames } from '../catalogue.ts';
import { addressesOf, type Topology } from '../topology.ts';
import { placementOf, rowsOf } from './placement.ts';
import { mermaidGraph } from './print-mermaid.ts';
import { svgGraph } from './print-svg.ts';
import { textGraph } from './print-text.ts';

const topologies = await Promise.all(topologyNames().map(loadTopology));
const cases = topologies.map((topology) => [topology.name, topology] as const);

describe.each(cases)('the picture of %s', (_name, topology) => {
  test.each([
    ['text', textGraph],
    ['Mermaid', mermaidGraph],
    ['SVG', svgGraph],
  ])('as %s has every host, NIC, segment and address', (_form, draw) => {
    const picture = draw(topology);
    for (const word of wordsOf(topology)) expect(picture).toContain(word);
  });

  test('gives every host a place of its own', () => {
    const { hosts } = placementOf(topology);
    const cells = hosts.flatMap((host) => rowsOf(host).map((row) => `${row} ${host.column}`));
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('as SVG is well formed, and loads nothing', () => {
    const svg = svgGraph(topology);
    let nested = svg;
    for (let before = ''; before !== nested;) {
      before = nested;
      nested = nested.replaceAll(/<([a-z]+)(\s[^<>]*)?\/>|<([a-z]+)(\s[^<>]*)?>[^<>]*<\/\3>/g, '');
    }
    expect(nested).toBe('\n');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|@import|url\(/);
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});

function wordsOf({ hosts, segments }: Topology): string[] {
  const nics = Object.values(hosts).flatMap((host) => Object.keys(host.nics));
  return [...segments, ...Object.keys(hosts), ...nics, ...Object.values(hosts).flatMap(addressesOf)];
}

test('a cable to a lower segment passes by the hosts between', async () => {
  expect(textGraph(await loadTopology('tun'))).toBe(`   [client]
   eth0 10.1.1.100/24
   |
---+----------------------------------------------- public 10.1.1.0/24
   |
   eth1 10.1.1.22/24
   [router]
   vmnet1 1.1.1.1/24
   eth2 2.2.2.1/24
   |
---+-----------------------+----------------------- near 1.1.1.0/24
   |                       |
   |                       eth0 1.1.1.131/24
   |                            1.1.1.130/24 VIP
   |                       [director]
---+-----------------------+----------------------- far 2.2.2.0/24
   |                       |
   eth0 2.2.2.128/24       eth0 2.2.2.129/24
   [web1]                  [web2]
   lo 1.1.1.130/32 VIP     lo 1.1.1.130/32 VIP
   unwraps tunnels         unwraps tunnels
`);
});

test('what a file puts into names and titles cannot become markup', async () => {
  const topology = { ...(await loadTopology('nat')), title: '<script>"a" & b</script>' };
  expect(svgGraph(topology)).toContain('&lt;script&gt;&quot;a&quot; &amp; b&lt;/script&gt;');
  expect(mermaidGraph(topology)).toContain('title: "<script>\\"a\\" & b</script>"');
});
