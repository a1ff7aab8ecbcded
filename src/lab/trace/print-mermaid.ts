import type { Language } from '../../base/words.ts';
import { endText } from './print-table.ts';
import type { Arrow, Trace, TraceStep } from './trace.ts';

/** A trace as a sequence diagram for Mermaid. */
export function mermaidTrace(trace: Trace, language: Language): string {
  const hosts = Object.keys(trace.topology.hosts);
  return [
    'sequenceDiagram',
    ...hosts.map((host) => `  participant ${host}`),
    ...trace.steps.flatMap((step) => lineOf(step, language)),
    `  Note over ${hosts[0]},${hosts.at(-1)}: ${clean(endText(trace)[language])}`,
    '',
  ].join('\n');
}

function lineOf({ kind, host, arrow, text }: TraceStep, language: Language): string[] {
  if (kind === 'hop') return arrow === undefined ? [] : [`  ${arrow.from}->>${arrow.to}: ${frameText(arrow)}`];
  if (kind === 'drop') return [`  Note right of ${host}: ✗ ${clean(text[language])}`];
  return [`  Note over ${host}: ${clean(arrow?.label ?? text[language])}`];
}

function frameText({ label, detail }: Arrow): string {
  return [label, ...(detail === undefined ? [] : [detail])].map(clean).join('<br/>');
}

/** Semicolons and line ends would end the statement, and `#` begins an entity. */
function clean(text: string): string {
  return text.replaceAll(/[;\n#]/g, ',');
}
