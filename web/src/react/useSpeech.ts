import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type Dates, dates } from "../dates";
import { english } from "../texts/en";
import { otherLanguage, pageLocale } from "../texts/languages";
import { type Say, speak, type Texts } from "../texts/speech";

export interface Speech {
  /** What texts and dates are in. */
  locale: string;
  /** Those that are not English. */
  texts: Partial<Texts>;
  say: Say;
  dates: Dates;
}

const never = () => () => {};
const NONE = {};

/** Speaks the given language, or else the page's. What there are no texts for is English, its dates too. */
export function useSpeech(given: string | undefined, own: Partial<Texts> | undefined): Speech {
  const ofPage = useSyncExternalStore(never, pageLocale, () => "en");
  const wanted = (given ?? ofPage).replace("_", "-"); // as servers write it
  const load = otherLanguage(wanted);
  const [loaded, setLoaded] = useState<{
    load: typeof load;
    texts: Partial<Texts>;
  }>({ load: undefined, texts: NONE });
  useEffect(() => {
    load?.().then(
      (texts) => setLoaded({ load, texts }),
      () => {}, // English, then
    );
  }, [load]);

  return useMemo(() => {
    const other = load && loaded.load === load;
    let locale = other || own ? wanted : "en";
    try {
      Intl.getCanonicalLocales(locale);
    } catch {
      locale = "en"; // no name of a language
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
