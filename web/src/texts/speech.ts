import type { english } from "./en";
import type { settingsEnglish } from "./en-settings";

export type Text = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { other: string });
export type Texts = Record<keyof typeof english | keyof typeof settingsEnglish, Text>;
export type Say = (key: keyof Texts, values?: Record<string, string | number>) => string;

/** Return the function that fills in a text: values replace `{name}`, and `n` chooses the plural form. */
export function speak(locale: string, texts: Partial<Texts>): Say {
  const plural = new Intl.PluralRules(locale);
  return (key, values = {}) => {
    const text = texts[key]!;
    const form = typeof text === "string" ? text : (text[plural.select(Number(values.n))] ?? text.other);
    return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  };
}
