/** The languages in which Weir explains. */
export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each of them. */
export type Words = Readonly<Record<Language, string>>;
