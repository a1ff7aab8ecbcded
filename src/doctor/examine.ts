import type { Patient } from './facts.ts';
import type { Confidence, Diagnosis, Look, Rule, Severity } from './finding.ts';
import { RULES } from './rules/index.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'hint'];
const CONFIDENCES: readonly Confidence[] = ['certain', 'likely', 'possible'];

/** What all rules find, the gravest and most certain first, else in the order of the rules. */
export function examine(patient: Patient, rules: readonly Rule[] = RULES): Diagnosis[] {
  const found = rules.flatMap((rule) =>
    rule.examine(patient).map((finding) => ({ rule: rule.id, number: rule.number, title: rule.title, ...finding })),
  );
  return found.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence),
  );
}

/** The rules that could not be judged, as nobody was looked at who would show it. */
export function unseen({ director, servers }: Patient, rules: readonly Rule[] = RULES): string[] {
  const seen: readonly Look[] = [
    ...(director === undefined ? [] : (['director', 'network'] as const)),
    ...(servers.length === 0 ? [] : (['real server'] as const)),
  ];
  return rules.filter(({ looks }) => !looks.some((look) => seen.includes(look))).map(({ id }) => id);
}
