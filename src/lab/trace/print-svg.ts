import type { Language } from '../../base/words.ts';
import { endText } from './print-table.ts';
import type { Trace, TraceStep } from './trace.ts';

const LANE = 190;
const MARGIN = 95;
const ROW = 34;
const TOP = 70;
const LONGEST = 64;

/** A trace as a sequence diagram: a life line for each host, an arrow for each frame, notes for what happens on a host. */
export function svgTrace(trace: Trace, language: Language): string {
  const hosts = Object.keys(trace.topology.hosts);
  const x = (host: string): number => MARGIN + hosts.indexOf(host) * LANE;
  const rows = trace.steps.filter(({ kind, arrow }) => kind !== 'hop' || arrow !== undefined);
  const bottom = TOP + rows.length * ROW + 10;
  const [width, height] = [MARGIN * 2 + (hosts.length - 1) * LANE, bottom + 50];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<style>.line{stroke:#888}.arrow{stroke:#1f5fa8;stroke-width:1.5;fill:none}.reply{stroke:#2a7a3b}.drop{fill:#b3261e}.note{fill:#555}</style>',
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...hosts.flatMap((host) => lifeLine(host, x(host), bottom)),
    ...rows.flatMap((step, index) => row(step, TOP + index * ROW, x, language)),
    `<text x="${MARGIN / 2}" y="${bottom + 30}" font-weight="bold"${trace.end.delivered ? '' : ' class="drop"'}>${escaped(endText(trace)[language])}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function lifeLine(host: string, x: number, bottom: number): string[] {
  return [
    `<text x="${x}" y="28" text-anchor="middle" font-weight="bold">${escaped(host)}</text>`,
    `<line class="line" x1="${x}" y1="38" x2="${x}" y2="${bottom}" stroke-dasharray="3 3"/>`,
  ];
}

function row(
  { kind, host, arrow, text }: TraceStep,
  y: number,
  x: (host: string) => number,
  language: Language,
): string[] {
  if (kind === 'hop' && arrow !== undefined) {
    const [from, to] = [x(arrow.from), x(arrow.to)];
    const way = /A|R/.test(arrow.label) ? 'arrow reply' : 'arrow';
    return [
      `<line class="${way}" x1="${from}" y1="${y}" x2="${to}" y2="${y}" marker-end="url(#tip)"/>`,
      `<text x="${(from + to) / 2}" y="${y - 5}" text-anchor="middle">${escaped(arrow.label)}</text>`,
    ];
  }
  const words = arrow?.label ?? text[language];
  const shown = words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
  const title = `<title>${escaped(text[language])}</title>`;
  return [
    `<circle cx="${x(host)}" cy="${y - 4}" r="3"${kind === 'drop' ? ' class="drop"' : ''}/>`,
    `<text x="${x(host) + 8}" y="${y}" class="${kind === 'drop' ? 'drop' : 'note'}">${title}${escaped(shown)}</text>`,
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
