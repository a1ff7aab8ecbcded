import { filled } from '../base/words.ts';
import type { Unheard } from './examine.ts';
import type { Diagnosis, Evidence, Language, Text } from './finding.ts';

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
  unseen: {
    en: 'Not judged, as no {who} was looked at: {rules}. {how}',
    zh: '没有判断（因为没有查看{who}）：{rules}。{how}',
  },
  server: { en: 'real server', zh: '真实服务器' },
  director: { en: 'director', zh: '调度器' },
  askServers: {
    en: '`weir doctor --via ssh://root@RIP` looks at them too, `weir doctor --real-server` at one from itself.',
    zh: '`weir doctor --via ssh://root@RIP` 会一并查看，也可以在真实服务器上运行 `weir doctor --real-server`。',
  },
  unheard: {
    en: 'Not judged at {host}, where {tool} does not answer ({why}): {rules}.',
    zh: '在 {host} 上没有判断（{tool} 没有回应：{why}）：{rules}。',
  },
  why: { en: 'it is missing, or needs root', zh: '没有安装，或者需要 root' },
  askDirector: { en: 'Run `weir doctor` there, too.', zh: '请在调度器上也运行 `weir doctor`。' },
} as const satisfies Record<string, Text | Record<string, Text>>;

/** What a host is called that looks at itself. */
export const THIS_HOST: Text = { en: 'this host', zh: '本机' };

export function hostName(host: string, language: Language): string {
  return host === THIS_HOST.en ? THIS_HOST[language] : host;
}

/** The findings for people: what and where, what was seen, what follows, and the one command that mends it. */
export function reportText(findings: readonly Diagnosis[], language: Language): string {
  if (findings.length === 0) return `${WORDS.none[language]}\n`;
  const text = findings.map((finding) => findingText(finding, language)).join('\n');
  return text.replaceAll(THIS_HOST.en, THIS_HOST[language]);
}

/**
 * What a report leaves open, for people.
 * @param rules that were not judged
 * @param missing who was not looked at
 */
export function unseenText(rules: readonly string[], missing: 'director' | 'server', language: Language): string {
  if (rules.length === 0) return '';
  const how = missing === 'server' ? WORDS.askServers : WORDS.askDirector;
  const values = { who: WORDS[missing][language], rules: rules.join(', '), how: how[language] };
  return `${filled(WORDS.unseen, language, values)}\n`;
}

/** What a report leaves open at hosts that were looked at, for people. */
export function unheardText(open: readonly Unheard[], language: Language): string {
  const why = WORDS.why[language];
  return open
    .map(({ host, tool, rules }) => {
      const values = { host: hostName(host, language), tool, why, rules: rules.join(', ') };
      return `${filled(WORDS.unheard, language, values)}\n`;
    })
    .join('');
}

function findingText(finding: Diagnosis, language: Language): string {
  const { severity, confidence, host, title, rule, evidence, explanation, fix } = finding;
  const kind = `${WORDS.severity[severity][language]}, ${WORDS.confidence[confidence][language]}`;
  return [
    `${host}: ${title[language]} [${rule}] (${kind})`,
    ...evidence.map((seen) => `  ${WORDS.evidence[language]}: ${seen.command}: ${valueText(seen, language)}`),
    `  ${explanation[language]}`,
    ...(fix === undefined ? [] : [`  ${WORDS.fix[language]} (${fix.host}): ${fix.command}`]),
    '',
  ].join('\n');
}

function valueText({ value, valueZh = value }: Evidence, language: Language): string {
  return language === 'zh' ? valueZh : value;
}
