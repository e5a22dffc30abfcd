// Time zones by their names in the IANA database.

/** The names that a person may choose. */
export const ZONES: readonly string[] = [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"])];

/** Return the browser's time zone, or null if it has none with a name, such as an offset. */
export function browserZone(): string | null {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return named(timeZone) ?? null;
}

/** Return whether two names are of one time zone. Some have an old and a new name, such as Asia/Calcutta. */
export function sameZone(one: string, other: string): boolean {
  return one === other || canonical(one) === canonical(other);
}

/** Return a name as people read it. */
export const shownZone = (zone: string) => zone.replaceAll("_", " ");

/** Return the time zone that a person means: by a name, also an old or new one, or by the city in a name. */
export function findZone(text: string): string | undefined {
  const wanted = text.trim().replaceAll(" ", "_").toLowerCase();
  const [city, ...others] = ZONES.filter((zone) => zone.toLowerCase().endsWith(`/${wanted}`));
  const regions = new Set(ZONES.map((zone) => zone.slice(0, zone.indexOf("/") + 1)));
  const other = () => [...regions].map((region) => named(region + wanted)).find(Boolean); // a city's other name
  return named(wanted) ?? (others.length ? undefined : (city ?? other()));
}

/** Return the browser's name for a time zone, which may have several; undefined if it knows none, as for offsets. */
function named(timeZone: string): string | undefined {
  if (!/^[a-z]/i.test(timeZone) || timeZone === "Etc/Unknown") return undefined;
  try {
    return Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const canonical = (zone: string) => named(zone) ?? zone;
