/** Formats moments in the words of a locale and in the time zone of the browser. */
export interface Dates {
  /** Return the age of a moment ("5 min. ago"), or its date after a week. A moment in the future counts as now. */
  ago(moment: Date, now: number): string;
  /** Return the date and the time to the minute. */
  exactly(moment: Date): string;
  /** Return the day: today, yesterday, or the date. */
  dayOf(moment: Date, now: number): string;
}

const DAY = 86_400; // seconds
/** Return how many calendar days ago a moment was. Rounded, because some days have 23 hours. */
const daysAgo = (moment: Date, now: number) => Math.round((midnight(now) - midnight(moment)) / (DAY * 1000));
const midnight = (time: Date | number) => new Date(time).setHours(0, 0, 0, 0);

/** Make the formatters once: making one costs as much as formatting a thousand dates. */
export function dates(locale: string): Dates {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const relative = new Intl.RelativeTimeFormat(locale, {
    numeric: "auto",
    style: "short",
  });
  const short = format({ day: "numeric", month: "short" });
  const exact = format({ dateStyle: "full", timeStyle: "short" });
  const day = format({ weekday: "long", day: "numeric", month: "long" });
  const oldDay = format({ dateStyle: "full" });

  return {
    ago(moment, now) {
      const seconds = Math.max(0, (now - +moment) / 1000);
      if (seconds >= 7 * DAY) return short.format(moment);
      const past = (length: number, unit: Intl.RelativeTimeFormatUnit) =>
        relative.format(-Math.floor(seconds / length), unit);
      if (seconds >= DAY) return relative.format(-daysAgo(moment, now), "day");
      if (seconds >= 3600) return past(3600, "hour");
      return seconds >= 60 ? past(60, "minute") : relative.format(0, "second");
    },
    exactly: (moment) => exact.format(moment),
    dayOf(moment, now) {
      const days = daysAgo(moment, now);
      if (days > 1) return (moment.getFullYear() === new Date(now).getFullYear() ? day : oldDay).format(moment);
      const name = relative.format(days > 0 ? -1 : 0, "day");
      return name[0]!.toLocaleUpperCase(locale) + name.slice(1);
    },
  };
}
