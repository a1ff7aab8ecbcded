import { statesOf, type Topology } from '../topology.ts';
import { placementOf, rowsOf, type NicLabel, type PlacedHost, type Placement } from './placement.ts';

const MARGIN = 3;
const GAP = 3;

/** A topology as a picture for a terminal: a line for each segment, hosts with their NICs and addresses between them. */
export function textGraph(topology: Topology): string {
  const placement = placementOf(topology);
  const width = Math.max(...placement.hosts.flatMap((host) => cellOf(host).map(({ length }) => length))) + GAP;
  const rows = Array.from({ length: placement.segments.length + 1 }, (_, row) => [
    ...rowLines(placement, row, width),
    ...(row < placement.segments.length ? [segmentLine(placement, row, width)] : []),
  ]);
  return [...rows.flat(), ''].map((line) => line.trimEnd()).join('\n');
}

/** The lines of a host, top to bottom, without its cables. */
function cellOf({ name, host, above, below, inside }: PlacedHost): string[] {
  const unwraps = statesOf(host, true).some(({ decap }) => decap !== undefined);
  return [
    ...above.flatMap(nicLines),
    `[${name}]${host.role === name || host.role === 'real server' ? '' : ` ${host.role}`}`,
    ...inside.map(({ text, vip }) => `lo ${text}${vip ? ' VIP' : ''}`),
    ...(unwraps ? ['unwraps tunnels'] : []),
    ...below.flatMap(nicLines),
  ];
}

/** Further addresses stand below the first. */
function nicLines({ name, addresses }: NicLabel): string[] {
  const texts = addresses.map(({ text, vip }) => `${text}${vip ? ' VIP' : ''}`);
  return [`${name} ${texts[0] ?? ''}`, ...texts.slice(1).map((text) => `${' '.repeat(name.length)} ${text}`)];
}

function rowLines({ hosts, columns }: Placement, row: number, width: number): string[] {
  const standing = hosts.filter((host) => host.row === row);
  if (standing.length === 0) return [];
  const cells = new Map(standing.map((host) => [host.column, withCables(host)]));
  const passing = new Set(
    hosts.filter((host) => host.row < row && rowsOf(host).includes(row)).map(({ column }) => column),
  );
  const height = Math.max(...[...cells.values()].map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => {
    const parts = Array.from({ length: columns }, (__, column) => {
      if (passing.has(column)) return '|'.padEnd(width);
      const cell = cells.get(column) ?? [];
      const goesOn = standing.some((host) => host.column === column && host.below.length > 0);
      return (cell[line] ?? (goesOn ? '|' : '')).padEnd(width);
    });
    return `${' '.repeat(MARGIN)}${parts.join('')}`;
  });
}

function withCables(host: PlacedHost): string[] {
  return [...(host.above.length > 0 ? ['|'] : []), ...cellOf(host), ...(host.below.length > 0 ? ['|'] : [])];
}

/** `+` where a host is plugged in, `|` where a cable passes on to a lower segment. */
function segmentLine({ segments, hosts, columns }: Placement, number: number, width: number): string {
  const marks = Array.from({ length: columns }, (_, column) => {
    const own = hosts.filter((host) => host.column === column);
    const plugged = own.some(({ above, below }) => [...above, ...below].some(({ segment }) => segment === number));
    const passes = own.some((host) => host.row <= number && host.below.some(({ segment }) => segment > number));
    return (plugged ? '+' : passes ? '|' : '-').padEnd(width, '-');
  });
  const { name, networks } = segments[number]!;
  return `${'-'.repeat(MARGIN)}${marks.join('')} ${[name, ...networks].join(' ')}`;
}
