/** A sentence in the languages that Weir speaks. */
export interface Text {
  en: string;
  zh: string;
}

export type Language = keyof Text;

export const LANGUAGES: readonly Language[] = ['en', 'zh'];

/** Words that are the same in every language: names, addresses, commands. */
export function plain(text: string): Text {
  return { en: text, zh: text };
}

/** Several sentences as one. */
export function joined(...texts: readonly Text[]): Text {
  return { en: texts.map(({ en }) => en).join(' '), zh: texts.map(({ zh }) => zh).join('') };
}
