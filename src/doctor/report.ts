import type { Diagnosis, Language, Text } from './finding.ts';

const WORDS = {
  severity: {
    error: { en: 'error', zh: '错误' },
    warning: { en: 'warning', zh: '警告' },
    hint: { en: 'hint', zh: '提示' },
  },
  confidence: {
    certain: { en: 'certain', zh: '确定' },
    likely: { en: 'likely', zh: '很可能' },
    possible: { en: 'possible', zh: '可能' },
  },
  evidence: { en: 'seen', zh: '依据' },
  fix: { en: 'mend', zh: '修复' },
  none: { en: 'Nothing found.', zh: '没有发现问题。' },
} as const satisfies Record<string, Text | Record<string, Text>>;

/** The findings for people: what and where, what was seen, what follows, and the one command that mends it. */
export function reportText(findings: readonly Diagnosis[], language: Language): string {
  if (findings.length === 0) return `${WORDS.none[language]}\n`;
  return findings.map((finding) => findingText(finding, language)).join('\n');
}

function findingText(finding: Diagnosis, language: Language): string {
  const { severity, confidence, host, title, rule, evidence, explanation, fix } = finding;
  const kind = `${WORDS.severity[severity][language]}, ${WORDS.confidence[confidence][language]}`;
  return [
    `${host}: ${title[language]} [${rule}] (${kind})`,
    ...evidence.map(({ command, value }) => `  ${WORDS.evidence[language]}: ${command}: ${value}`),
    `  ${explanation[language]}`,
    ...(fix === undefined ? [] : [`  ${WORDS.fix[language]} (${fix.host}): ${fix.command}`]),
    '',
  ].join('\n');
}
