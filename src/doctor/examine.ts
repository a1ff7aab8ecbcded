import type { HostFacts, Patient, Tool } from './facts.ts';
import type { Confidence, Diagnosis, Look, Rule, Severity } from './finding.ts';
import { RULES } from './rules/index.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'hint'];
const CONFIDENCES: readonly Confidence[] = ['certain', 'likely', 'possible'];

/** What all rules find, the gravest and most certain first, else in the order of the rules. */
export function examine(patient: Patient, rules: readonly Rule[] = RULES): Diagnosis[] {
  const hosts = new Map(hostsOf(patient).map(({ host }) => [host.name, host]));
  const found = rules.flatMap((rule) =>
    rule
      .examine(patient)
      .filter(({ host }) => missingFor(rule, hosts.get(host)).length === 0)
      .map((finding) => ({ rule: rule.id, number: rule.number, title: rule.title, ...finding })),
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

/** A program that does not answer on a host, and the rules that could not be judged there for it. */
export interface Unheard {
  host: string;
  tool: Tool;
  rules: string[];
}

/** What could not be judged at hosts that were looked at, as a program of theirs is missing or may not be used. */
export function unheard(patient: Patient, rules: readonly Rule[] = RULES): Unheard[] {
  return hostsOf(patient)
    .flatMap(({ host, look }) =>
      host.mute.map((tool) => ({
        host: host.name,
        tool,
        rules: rules
          .filter(({ looks, needs }) => looks.includes(look) && needs?.includes(tool) === true)
          .map(({ id }) => id),
      })),
    )
    .filter(({ rules: open }) => open.length > 0);
}

function hostsOf({ director, servers }: Patient): { host: HostFacts; look: Look }[] {
  return [
    ...(director === undefined ? [] : [{ host: director.host, look: 'director' as const }]),
    ...servers.map(({ host }) => ({ host, look: 'real server' as const })),
  ];
}

function missingFor({ needs = [] }: Rule, host: HostFacts | undefined): Tool[] {
  return needs.filter((tool) => host?.mute.includes(tool) === true);
}
