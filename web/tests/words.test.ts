import { describe, expect, it } from "vitest";
import { dates } from "../src/dates";
import { safeHref } from "../src/links";
import { english } from "../src/texts/en";
import { settingsEnglish } from "../src/texts/en-settings";
import { texts as french } from "../src/texts/fr";
import { speak, type Text, type Texts } from "../src/texts/speech";

const all: Texts = { ...english, ...settingsEnglish };
const languages = import.meta.glob<Texts>(["../src/texts/??.ts", "!../src/texts/en.ts"], {
  import: "texts",
  eager: true,
});
const severities = import.meta.glob<object>("../src/texts/??.gen.ts", { import: "severities", eager: true });
const names = (text: Text) =>
  (typeof text === "string" ? [text] : Object.values(text)).map((form) => form.match(/\{\w+\}/g)?.sort() ?? []);

describe("texts", () => {
  describe.each(Object.entries(languages))("%s", (file, texts) => {
    it("has its own words for the severities", () => {
      expect(texts).toMatchObject(severities[file.replace(/\.ts$/, ".gen.ts")]!);
    });

    it("has the same texts as English", () => {
      expect(Object.keys(texts).sort()).toEqual(Object.keys(all).sort());
    });

    it("has each plural form that a count may need", () => {
      const plural = new Intl.PluralRules(file.slice(-5, -3));
      const needed = new Set(Array.from({ length: 200 }, (_, n) => plural.select(n)));
      for (const [key, text] of Object.entries(texts)) {
        if (typeof text === "string") continue;
        expect(Object.keys(text), key).toEqual(expect.arrayContaining([...needed]));
      }
    });

    it.each(Object.keys(all) as (keyof Texts)[])("%s has the same values as in English", (key) => {
      const [first] = names(all[key]);
      for (const form of [...names(all[key]), ...names(texts[key])]) expect(form).toEqual(first);
    });
  });

  it("use the plural forms of their language", () => {
    const say = speak("fr", french);
    expect(say("newMany", { n: 1 })).toBe("1 nouvelle notification");
    expect(say("unreadCount", { n: 0, shown: 0 })).toBe("0 non lue");
    expect(say("unreadCount", { n: 100, shown: "99+" })).toBe("99+ non lues");
    const polish = speak("pl", { newMany: { one: "{n} nowe", few: "{n} nowe!", other: "{n} nowych" } });
    expect([1, 2, 5].map((n) => polish("newMany", { n }))).toEqual(["1 nowe", "2 nowe!", "5 nowych"]);
  });

  it("insert values unchanged", () => {
    expect(speak("en", english)("newOne", { title: "$& {n} <b>" })).toBe("New notification: $& {n} <b>");
  });
});

describe("dates", () => {
  const now = new Date(2026, 10, 24, 15, 30).getTime();
  const earlier = (minutes: number) => new Date(now - minutes * 60_000);
  const { ago, dayOf, exactly } = dates("en-GB");

  it.each([
    [-5, "now"],
    [0, "now"],
    [0.9, "now"],
    [1, "1 min ago"],
    [59.9, "59 min ago"],
    [60, "1 hr ago"],
    [24 * 60 - 1, "23 hr ago"],
    [24 * 60, "yesterday"],
    [6 * 24 * 60, "6 days ago"],
    [7 * 24 * 60, "17 Nov"],
  ])("%d minutes before is %s", (minutes, text) => {
    expect(ago(earlier(minutes), now).replace(".", "")).toBe(text);
  });

  it("count days like the headings", () => {
    const friday = +new Date(2026, 10, 27, 2, 0);
    const wednesday = new Date(2026, 10, 25, 20, 0); // 30 hours before
    expect([dayOf(wednesday, friday), ago(wednesday, friday)]).toEqual(["Wednesday 25 November", "2 days ago"]);
  });

  it.each([
    [new Date(2026, 10, 24, 0, 0), "Today"],
    [new Date(2026, 10, 24, 23, 59), "Today"],
    [new Date(2026, 10, 25, 0, 5), "Today"], // the server's clock is ahead
    [new Date(2026, 10, 23, 23, 59), "Yesterday"],
    [new Date(2026, 10, 22, 12, 0), "Sunday 22 November"],
    [new Date(2025, 10, 22, 12, 0), "Saturday 22 November 2025"],
  ])("%s is %s", (moment, text) => {
    expect(dayOf(moment, now).replace(",", "")).toBe(text);
  });

  it("days follow local time, also over a change of clocks", () => {
    for (const month of [2, 9]) {
      for (let day = 1; day <= 31; day++) {
        const noon = new Date(2026, month, day, 0, 30).getTime();
        expect(dayOf(new Date(2026, month, day - 1, 23, 30), noon)).toBe("Yesterday");
      }
    }
  });

  it("exactly is to the minute", () => {
    expect(exactly(new Date(now))).toMatch(/Tuesday.* 24 November 2026.*15:30/);
    expect(dates("fr").dayOf(earlier(0), now)).toBe("Aujourd’hui");
  });
});

describe("links lead to", () => {
  const here = "https://app.example.com/documents?x=1";
  const origins = ["https://docs.example.com"];

  it.each(["/billing", "/billing?a=b#c", "/a/../b", "https://docs.example.com/a?b=%20c", "https://app.example.com/"])(
    "%s",
    (target) => {
      expect(safeHref(target, origins, here)).toBe(target);
    },
  );

  it.each([
    null,
    "",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "blob:https://app.example.com/1",
    "//evil.example.com",
    "/\\evil.example.com",
    "\\\\evil.example.com",
    "/\t/evil.example.com",
    "/..//evil.example.com",
    "/.//evil.example.com",
    "/a b",
    "http://app.example.com/",
    "http://docs.example.com/",
    "https://evil.example.com/",
    "https://docs.example.com.evil.com/",
    "https://docs.example.com:8443/",
    "https://docs.example.com@evil.example.com/",
    "https://user@docs.example.com/",
    "https:docs.example.com",
    "billing",
    "../billing",
    "?a=b",
    "#a",
    "https://",
  ])("nowhere for %j", (target) => {
    expect(safeHref(target, origins, here)).toBeNull();
  });
});
