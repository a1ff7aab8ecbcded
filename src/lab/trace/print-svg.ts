import type { Language } from '../../base/words.ts';
import { textWidth, wrappedText } from '../graph/wrap-text.ts';
import { endText } from './print-table.ts';
import type { Trace, TraceStep } from './trace.ts';

/** Sizes in pixels. */
const MARGIN = 95;
const NARROWEST_LANE = 190;
const TOP = 52;
const LINE = 15;
const BETWEEN = 13;
const NEXT_TO_LINE = 8;

/** Where the life lines stand. */
interface Lanes {
  hosts: readonly string[];
  lane: number;
  width: number;
  x: (host: string) => number;
}

/** A row of the diagram: so many pixels high, drawn below `top`. */
interface Row {
  height: number;
  draw(top: number): string[];
}

/** A trace as a sequence diagram: a life line for each host, an arrow for each frame with its addresses, notes for what happens on a host. */
export function svgTrace(trace: Trace, language: Language): string {
  const lanes = lanesOf(trace);
  const { hosts, width, x } = lanes;
  const rows = trace.steps
    .filter(({ kind, arrow }) => kind !== 'hop' || arrow !== undefined)
    .map((step) => rowOf(step, lanes, language));
  const end = wrappedText(endText(trace)[language], width - MARGIN);
  const bottom = TOP + rows.reduce((sum, { height }) => sum + height, 0);
  const height = bottom + 20 + end.length * LINE;
  let top = TOP;
  const drawn = rows.flatMap((row) => {
    const lines = row.draw(top);
    top += row.height;
    return lines;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<style>.line{stroke:#888}.arrow{stroke:#1f5fa8;stroke-width:1.5;fill:none}.reply{stroke:#2a7a3b}.drop{fill:#b3261e}.note,.soft{fill:#555}text{paint-order:stroke;stroke:#fff;stroke-width:3px}</style>',
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...hosts.flatMap((host) => lifeLine(host, x(host), bottom)),
    ...drawn,
    ...end.map(
      (line, index) =>
        `<text x="${MARGIN / 2}" y="${bottom + 20 + index * LINE}" font-weight="bold"${trace.end.delivered ? '' : ' class="drop"'}>${escaped(line)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** Lanes so wide that what stands at an arrow fits between its ends. */
function lanesOf({ topology, steps }: Trace): Lanes {
  const hosts = Object.keys(topology.hosts);
  const needed = steps.flatMap(({ kind, arrow }) => {
    if (kind !== 'hop' || arrow === undefined) return [];
    const span = Math.abs(hosts.indexOf(arrow.from) - hosts.indexOf(arrow.to));
    const label = Math.max(textWidth(arrow.label), textWidth(arrow.detail ?? ''));
    return [(label + 2 * NEXT_TO_LINE) / Math.max(span, 1)];
  });
  const lane = Math.ceil(Math.max(NARROWEST_LANE, ...needed));
  const width = MARGIN * 2 + (hosts.length - 1) * lane;
  return { hosts, lane, width, x: (host) => MARGIN + hosts.indexOf(host) * lane };
}

function lifeLine(host: string, x: number, bottom: number): string[] {
  return [
    `<line class="line" x1="${x}" y1="38" x2="${x}" y2="${bottom}" stroke-dasharray="3 3"/>`,
    `<text x="${x}" y="28" text-anchor="middle" font-weight="bold">${escaped(host)}</text>`,
  ];
}

function rowOf(step: TraceStep, lanes: Lanes, language: Language): Row {
  const { kind, arrow } = step;
  return kind === 'hop' && arrow !== undefined ? arrowRow(arrow, lanes) : noteRow(step, lanes, language);
}

function arrowRow({ from, to, label, detail }: NonNullable<TraceStep['arrow']>, { x }: Lanes): Row {
  const [begin, end] = [x(from), x(to)];
  const lines = [label, ...(detail === undefined ? [] : [detail])];
  const way = /^\w*[AR]/.test(label) ? 'arrow reply' : 'arrow';
  return {
    height: lines.length * LINE + BETWEEN + 4,
    draw: (top) => {
      const y = top + lines.length * LINE + 4;
      return [
        `<line class="${way}" x1="${begin}" y1="${y}" x2="${end}" y2="${y}" marker-end="url(#tip)"/>`,
        ...lines.map((line, index) => {
          const soft = index === 0 ? '' : ' class="soft"';
          return `<text x="${(begin + end) / 2}" y="${top + (index + 1) * LINE - 3}" text-anchor="middle"${soft}>${escaped(line)}</text>`;
        }),
      ];
    },
  };
}

/** Beside the life line, on the side where there is more room. */
function noteRow({ kind, host, arrow, text }: TraceStep, { x, width, lane }: Lanes, language: Language): Row {
  const at = x(host);
  const toTheRight = at <= width / 2;
  const room = Math.min((toTheRight ? width - at : at) - 2 * NEXT_TO_LINE, 3 * lane);
  const lines = wrappedText(arrow?.label ?? text[language], room);
  const style = kind === 'drop' ? 'drop' : 'note';
  return {
    height: lines.length * LINE + BETWEEN,
    draw: (top) => [
      `<circle cx="${at}" cy="${top + LINE - 7}" r="3"${kind === 'drop' ? ' class="drop"' : ''}/>`,
      ...lines.map((line, index) => {
        const place = `x="${at + (toTheRight ? NEXT_TO_LINE : -NEXT_TO_LINE)}" y="${top + (index + 1) * LINE - 3}"`;
        return `<text ${place}${toTheRight ? '' : ' text-anchor="end"'} class="${style}">${escaped(line)}</text>`;
      }),
    ],
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
