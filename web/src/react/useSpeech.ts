import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type Dates, dates } from "../dates";
import { english } from "../texts/en";
import { otherLanguage, pageLocale } from "../texts/languages";
import { type Say, speak, type Texts } from "../texts/speech";

export interface Speech {
  /** The locale of the texts and dates. */
  locale: string;
  /** The texts that replace the English ones. */
  texts: Partial<Texts>;
  say: Say;
  dates: Dates;
}

const never = () => () => {};
const NONE = {};

/** Return texts and dates in the given language, or else in the page's. Without texts, both are in English. */
export function useSpeech(given: string | undefined, own: Partial<Texts> | undefined): Speech {
  const ofPage = useSyncExternalStore(never, pageLocale, () => "en");
  const wanted = (given ?? ofPage).replace("_", "-"); // servers write fr_CA
  const load = otherLanguage(wanted);
  const [loaded, setLoaded] = useState<{
    load: typeof load;
    texts: Partial<Texts>;
  }>({ load: undefined, texts: NONE });
  useEffect(() => {
    load?.().then(
      (texts) => setLoaded({ load, texts }),
      () => {}, // stay with English
    );
  }, [load]);

  return useMemo(() => {
    const other = load && loaded.load === load;
    let locale = other || own ? wanted : "en";
    try {
      Intl.getCanonicalLocales(locale);
    } catch {
      locale = "en"; // not a valid language tag
    }
    const texts = { ...(other ? loaded.texts : NONE), ...own };
    return {
      locale,
      texts,
      say: speak(locale, { ...english, ...texts }),
      dates: dates(locale),
    };
  }, [wanted, load, loaded, own]);
}
