import type { Texts } from "./speech";

// One file for each language besides English, named by its two letters. Both builds make a chunk of each.
const LOADERS = import.meta.glob<Texts>(["./??.ts", "!./en.ts"], { import: "texts" });

/** Return the page's language, or else the browser's. */
export function pageLocale(): string {
  return document.documentElement.lang || navigator.language;
}

/** Return the function that loads the texts for a locale, or undefined for English and for unknown languages. */
export function otherLanguage(locale: string) {
  return LOADERS[`./${locale.slice(0, 2).toLowerCase()}.ts`];
}

/** Return `rtl` for a language that is written from right to left, and undefined for others: the page decides. */
export function directionOf(locale: string): "rtl" | undefined {
  return /^(ar|fa|he|ur)\b/i.test(locale) ? "rtl" : undefined;
}
