import type { Topology } from '../topology.ts';
import { placementOf, type AddressLabel, type PlacedHost } from './placement.ts';

const CLASSES = {
  client: 'fill:#e8eaf0,stroke:#5b6478,color:#1c2430',
  router: 'fill:#fdf0d5,stroke:#a86f12,color:#3d2a05',
  director: 'fill:#d9f0e3,stroke:#1e7f4f,color:#0c3320',
  server: 'fill:#dceafc,stroke:#2563a8,color:#0c2746',
} as const;

/** A topology as a Mermaid flowchart: a node for each host and segment, an edge for each NIC. */
export function mermaidGraph(topology: Topology): string {
  const { segments, hosts } = placementOf(topology);
  return [
    '---',
    `title: ${JSON.stringify(topology.title)}`,
    '---',
    'flowchart TB',
    ...segments.map(
      ({ name, networks }, number) => `  s${number}(["${[name, ...networks].map(escaped).join('<br/>')}"])`,
    ),
    ...hosts.map((one, number) => `  h${number}["${hostText(one)}"]:::${classOf(one)}`),
    ...hosts.flatMap(({ above, below }, number) => [
      ...above.map((nic) => `  s${nic.segment} ---|"${nicText(nic)}"| h${number}`),
      ...below.map((nic) => `  h${number} ---|"${nicText(nic)}"| s${nic.segment}`),
    ]),
    ...Object.entries(CLASSES).map(([name, style]) => `  classDef ${name} ${style}`),
    '',
  ].join('\n');
}

function hostText({ name, host, inside }: PlacedHost): string {
  const lines = [`<b>${escaped(name)}</b>`, host.role, ...inside.map((address) => `lo ${addressText(address)}`)];
  return lines.join('<br/>');
}

function nicText({ name, addresses }: { name: string; addresses: readonly AddressLabel[] }): string {
  return [escaped(name), ...addresses.map(addressText)].join('<br/>');
}

function addressText({ text, vip }: AddressLabel): string {
  return vip ? `${escaped(text)} VIP` : escaped(text);
}

function classOf({ host: { role } }: PlacedHost): keyof typeof CLASSES {
  return role === 'real server' ? 'server' : role;
}

/** What stands in quotes must not end them; Mermaid has entities with # in the place of &. */
function escaped(text: string): string {
  return text.replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
