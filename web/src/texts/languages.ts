import type { Texts } from "./speech";

/** Languages besides English. */
const LANGUAGES: Record<string, () => Promise<Partial<Texts>>> = {
  fr: async () => (await import("./fr")).french,
};

/** The language of the page, or else of the browser. */
export function pageLocale(): string {
  return document.documentElement.lang || navigator.language;
}

/** What loads the texts for a locale; undefined where the texts are the English ones. */
export function otherLanguage(locale: string) {
  return LANGUAGES[locale.slice(0, 2).toLowerCase()];
}
