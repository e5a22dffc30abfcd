// Time zones by their names in the IANA database.

/** The names that a person may choose. */
export const ZONES: readonly string[] = [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"])];

/** Return the browser's time zone, or null if it has none with a name, such as an offset. */
export function browserZone(): string | null {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return [timeZone, canonical(timeZone)].find((zone) => ZONES.includes(zone)) ?? null;
}

/** Return whether two names are of one time zone. Some have an old and a new name, such as Asia/Calcutta. */
export function sameZone(one: string, other: string): boolean {
  return one === other || canonical(one) === canonical(other);
}

/** Return a name as people read it. */
export const shownZone = (zone: string) => zone.replaceAll("_", " ");

/** Return the time zone that a person means: by its name, or by its last part if that is in one name only. */
export function findZone(text: string): string | undefined {
  const wanted = text.trim().replaceAll(" ", "_").toLowerCase();
  const exact = ZONES.find((zone) => zone.toLowerCase() === wanted);
  const [city, ...others] = ZONES.filter((zone) => zone.toLowerCase().endsWith(`/${wanted}`));
  return exact ?? (others.length ? undefined : city);
}

function canonical(timeZone: string): string {
  try {
    return Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return timeZone; // this browser does not know it
  }
}
