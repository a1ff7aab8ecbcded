/** The languages in which Weir explains. */
export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each of them. */
export type Words = Readonly<Record<Language, string>>;

/** A text with its `{name}` filled in. */
export function filled(words: Words, language: Language, values: Readonly<Record<string, string | number>>): string {
  return words[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
