import { endpointText } from '../../lvs/service.ts';
import { hostsOfRole, statesOf, type Topology } from '../topology.ts';
import { placementOf, rowsOf, type AddressLabel, type NicLabel, type PlacedHost, type Placement } from './placement.ts';

/** Sizes in pixels. */
const MARGIN = 28;
const HEAD = 66;
/** Of a character of the fixed-width font, and between two boxes. */
const CHARACTER = 7.4;
const BETWEEN = 36;
const LINE = 17;
const BAR = 26;
const CABLE = 20;
const FOOT = 24;

interface Palette {
  ink: string;
  soft: string;
  page: string;
  wire: string;
  vip: string;
  /** Stroke and fill of the boxes. */
  boxes: Record<'client' | 'router' | 'director' | 'server', readonly [stroke: string, fill: string]>;
}

const LIGHT: Palette = {
  ink: '#1c2430',
  soft: '#5b6478',
  page: '#ffffff',
  wire: '#8792a6',
  vip: '#b3261e',
  boxes: {
    client: ['#5b6478', '#f1f3f7'],
    router: ['#a86f12', '#fdf3dd'],
    director: ['#1e7f4f', '#e2f5ea'],
    server: ['#2563a8', '#e6f0fc'],
  },
};

const DARK: Palette = {
  ink: '#e6e9ef',
  soft: '#a0a9ba',
  page: '#14181f',
  wire: '#7a859e',
  vip: '#ff8a80',
  boxes: {
    client: ['#98a2b8', '#222834'],
    router: ['#e0a94a', '#33290f'],
    director: ['#58c48c', '#10301f'],
    server: ['#7bb0ee', '#14263d'],
  },
};

const FONTS = `
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.title { font: 600 16px system-ui, sans-serif; } .name { font: 600 14px system-ui, sans-serif; }
.role { font: 11px system-ui, sans-serif; } .vip { font-weight: 600; }
.wire { stroke-width: 2; fill: none; } .bar { opacity: .25; } .box { stroke-width: 1.5; }`;

/** Colours are written out for both, as not every program that shows SVG knows variables. */
const STYLE = `${FONTS}\n${colours(LIGHT)}\n@media (prefers-color-scheme: dark) {\n${colours(DARK)}\n}\n`;

function colours({ ink, soft, page, wire, vip, boxes }: Palette): string {
  return [
    `text { fill: ${ink}; } .soft { fill: ${soft}; } .vip { fill: ${vip}; } .page { fill: ${page}; }`,
    `.wire { stroke: ${wire}; } .bar, .plug { fill: ${wire}; }`,
    ...Object.entries(boxes).map(([kind, [stroke, fill]]) => `.${kind} { stroke: ${stroke}; fill: ${fill}; }`),
  ].join('\n');
}

/** A topology as a picture for a browser, light or dark as the reader has it. */
export function svgGraph(topology: Topology): string {
  const placement = placementOf(topology);
  const places = placesOf(placement);
  const bars = placement.segments.map(({ name, networks }) => [name, ...networks].join(' '));
  const end = MARGIN + placement.columns * (places.box + BETWEEN);
  const width = Math.ceil(end + Math.max(...bars.map(({ length }) => length)) * CHARACTER + MARGIN);
  const height = places.bottom + FOOT;
  const description = `${topology.title}. ${placement.hosts.map(({ name, host }) => `${name} (${host.role})`).join(', ')}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(topology.name)}</title><desc>${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="10"/>`,
    ...heading(topology, width),
    ...bars.map((label, number) => barLines(label, places.bars[number]!, end, width)),
    ...placement.hosts.flatMap((host) => cables(host, places)),
    ...placement.hosts.flatMap((host) => box(host, places)),
    '</svg>',
    '',
  ].join('\n');
}

function barLines(label: string, y: number, end: number, width: number): string {
  const bar = `<rect class="bar" x="${MARGIN - 10}" y="${y}" width="${width - 2 * MARGIN + 20}" height="${BAR}" rx="${BAR / 2}"/>`;
  return `${bar}<text class="soft" x="${end}" y="${y + 17}">${escaped(label)}</text>`;
}

/** Where the bars and the rows of hosts begin, and the width of a box. */
interface Places {
  box: number;
  rows: number[];
  bars: number[];
  bottom: number;
}

function placesOf({ segments, hosts }: Placement): Places {
  const longest = Math.max(14, ...hosts.flatMap(linesOf).map(lengthOf));
  const places: Places = { box: Math.ceil(longest * CHARACTER) + 24, rows: [], bars: [], bottom: HEAD };
  for (let row = 0; row <= segments.length; row++) {
    const standing = hosts.filter((host) => host.row === row);
    places.rows.push(places.bottom + (row === 0 ? 0 : CABLE));
    if (standing.length > 0) {
      places.bottom += (row === 0 ? 0 : CABLE) + Math.max(...standing.map(heightOf)) + CABLE;
    } else if (hosts.some((host) => rowsOf(host).includes(row))) places.bottom += CABLE * 2;
    if (row === segments.length) continue;
    places.bars.push(places.bottom);
    places.bottom += BAR;
  }
  return places;
}

function heading(topology: Topology, width: number): string[] {
  const service = endpointText(topology.service);
  const servers = hostsOfRole(topology, 'real server').join(', ');
  const sentence =
    topology.title.length * 8.4 > width - 2 * MARGIN ? topology.title.replace(/:.*$/, '') : topology.title;
  return [
    `<text class="title" x="${MARGIN}" y="30">${escaped(sentence)}</text>`,
    `<text class="soft" x="${MARGIN}" y="50">service <tspan class="vip">${service}</tspan>${servers === '' ? '' : ` on ${escaped(servers)}`}</text>`,
  ];
}

interface Line {
  class: string;
  text: string;
  address?: AddressLabel;
}

/** What a box says, top to bottom: NICs above, the host, what is on lo, NICs below. */
function linesOf({ name, host, above, below, inside }: PlacedHost): Line[] {
  const unwraps = statesOf(host, true).some(({ decap }) => decap !== undefined);
  return [
    ...above.flatMap(nicLines),
    { class: 'name', text: name },
    { class: 'role soft', text: host.note ?? host.role },
    ...inside.map((address) => addressLine('lo', address)),
    ...(unwraps ? [{ class: 'role soft', text: 'unwraps tunnels' }] : []),
    ...below.flatMap(nicLines),
  ];
}

function nicLines({ name, addresses }: NicLabel): Line[] {
  if (addresses.length === 0) return [{ class: 'soft', text: name }];
  return addresses.map((address, index) => addressLine(index === 0 ? name : '', address));
}

function addressLine(nic: string, address: AddressLabel): Line {
  return { class: '', text: nic, address };
}

function heightOf(host: PlacedHost): number {
  return linesOf(host).length * LINE + 14;
}

function lengthOf({ text, address }: Line): number {
  return text.length + (address === undefined ? 0 : address.text.length + (address.vip ? 5 : 1));
}

function leftOf({ column }: PlacedHost, { box: width }: Places): number {
  return MARGIN + column * (width + BETWEEN);
}

function box(host: PlacedHost, places: Places): string[] {
  const [x, y] = [leftOf(host, places), places.rows[host.row]!];
  const kind = host.host.role === 'real server' ? 'server' : host.host.role;
  return [
    `<rect class="box ${kind}" x="${x}" y="${y}" width="${places.box}" height="${heightOf(host)}" rx="8"/>`,
    ...linesOf(host).map((line, index) => lineText(line, x + places.box / 2, y + 20 + index * LINE)),
  ];
}

function lineText({ class: kind, text, address }: Line, x: number, y: number): string {
  if (address === undefined)
    return `<text class="${kind}" x="${x}" y="${y}" text-anchor="middle">${escaped(text)}</text>`;
  const nic = text === '' ? '' : `<tspan class="soft">${escaped(text)}</tspan>`;
  const own = `<tspan${text === '' ? '' : ' dx="7"'}${address.vip ? ' class="vip"' : ''}>${escaped(address.text)}${address.vip ? ' VIP' : ''}</tspan>`;
  return `<text x="${x}" y="${y}" text-anchor="middle">${nic}${own}</text>`;
}

/** A line from the box to each bar that the host is plugged into, with a dot where it ends. */
function cables(host: PlacedHost, places: Places): string[] {
  const { bars, rows } = places;
  const [middle, top] = [leftOf(host, places) + places.box / 2, rows[host.row]!];
  const foot = top + heightOf(host);
  const upper = [...new Set(host.above.map(({ segment }) => segment))];
  const lower = [...new Set(host.below.map(({ segment }) => segment))];
  return [
    ...upper.map((segment) => cable(middle, top, bars[segment]! + BAR / 2)),
    ...lower.map((segment, index) => cable(middle + index * 24, foot, bars[segment]! + BAR / 2)),
  ];
}

function cable(x: number, from: number, to: number): string {
  return `<path class="wire" d="M${x} ${from}V${to}"/><circle class="plug" cx="${x}" cy="${to}" r="5"/>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
