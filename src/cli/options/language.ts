import { Option } from 'commander';
import { LANGUAGES, type Language } from '../../base/words.ts';

export interface LanguageOptions {
  lang: Language;
}

/** `--lang en|zh`: by default Chinese where the locale is, English everywhere else. */
export function languageOption(): Option {
  return new Option('--lang <language>', 'language of explanations').choices(LANGUAGES).default(localeLanguage());
}

/** The language of messages that the environment asks for (locale(7): LC_ALL before LC_MESSAGES before LANG). */
export function localeLanguage(environment: NodeJS.ProcessEnv = process.env): Language {
  const locale = [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return locale?.startsWith('zh') === true ? 'zh' : 'en';
}
