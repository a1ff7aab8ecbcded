import type { Language, Words } from '../../base/words.ts';
import { decisionText } from '../../lvs/decision-text.ts';
import { resultWords } from '../outcome.ts';
import { worldOf } from '../walk-sentences.ts';
import { walkTable } from '../walk-table.ts';
import { WALK_FIELDS, type Journey, type WalkField } from '../walk.ts';
import type { Trace, TraceStep } from './trace.ts';

export interface PrintOptions {
  language: Language;
  /** Rows up to this layer. */
  layer: 2 | 3 | 4;
  width: number;
  bold: boolean;
}

/** Which rows a layer adds to those below it. */
const LAYER_OF: Readonly<Record<WalkField, 2 | 3 | 4>> = {
  smac: 2,
  dmac: 2,
  sip: 3,
  dip: 3,
  ttl: 3,
  outer: 3,
  sp: 4,
  dp: 4,
  flags: 4,
};

const TITLES = {
  request: { en: 'The request', zh: '请求' },
  reply: { en: 'The reply', zh: '回应' },
  steps: { en: 'Step by step:', zh: '逐步说明：' },
  mark: { en: ' (* marks what changed since the column before):', zh: '（* 表示与前一列不同）：' },
  end: { en: 'The end: ', zh: '结果：' },
  unknown: { en: 'Not known: ', zh: '无从得知：' },
} as const satisfies Record<string, Words>;

/** A trace for a terminal: the table of the course notes, a sentence for each step, and how it ended. */
export function printTrace(trace: Trace, options: PrintOptions): string {
  const { language } = options;
  return [
    ...journeyLines(trace.request, TITLES.request, trace, options),
    ...journeyLines(trace.reply, TITLES.reply, trace, options),
    TITLES.steps[language],
    ...trace.steps.flatMap((step, index) => stepLines(step, index + 1, language)),
    '',
    `${TITLES.end[language]}${endText(trace)[language]}`,
    ...trace.unknown.map((words) => `${TITLES.unknown[language]}${words[language]}`),
    '',
  ].join('\n');
}

function journeyLines(
  journey: Journey | undefined,
  title: Words,
  { topology }: Trace,
  { language, layer, width, bold }: PrintOptions,
): string[] {
  if (journey === undefined) return [];
  const fields = WALK_FIELDS.filter((field) => LAYER_OF[field] <= layer);
  const table = walkTable(journey, worldOf(topology), { width, bold, fields });
  return [`${title[language]}${TITLES.mark[language]}`, '', ...table, ''];
}

function stepLines({ kind, text, decisions = [] }: TraceStep, number: number, language: Language): string[] {
  const mark = kind === 'arp' ? 'ARP: ' : kind === 'drop' ? '!! ' : '';
  const details = decisions.map(
    (decision) => `        - ${decisionText(decision)[language].replaceAll('\n', '\n          ')}`,
  );
  return [`${String(number).padStart(3)}. ${mark}${text[language]}`, ...details];
}

/** How a connection ended: delivered, or where and why not. */
export function endText({ end, question }: Trace): Words {
  const seen = resultWords(end.result);
  const client = { en: `${question.host} sees ${seen.en}.`, zh: `${question.host} 看到的是：${seen.zh}。` };
  if (end.delivered) return { en: `delivered. ${client.en}`, zh: `已送达。${client.zh}` };
  const why = end.dropped?.text;
  return {
    en: ['not delivered.', ...(why === undefined ? [] : [why.en]), client.en].join(' '),
    zh: `没有送达。${why?.zh ?? ''}${client.zh}`,
  };
}
