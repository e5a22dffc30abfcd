/** The query parameter that tells which notification led to a page. */
export const PARAMETER = "carillon_notification";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Where a notification's link may lead: a path of this origin, or https on an origin that the page allows. Null for all
 * else. The API stores nothing else either; a page does not rely on that.
 */
export function safeHref(target: string | null, origins: readonly string[], here: string): string | null {
  if (!target || /[\s\\\p{C}]/u.test(target)) return null;
  try {
    const url = new URL(target, here);
    const own = url.origin === new URL(here).origin;
    // "//" would lead to another site, at once or when the application redirects to its own path.
    if (target.startsWith("/")) return own && !url.pathname.startsWith("//") ? target : null;
    const plain = /^https:\/\//i.test(target) && !url.username && !url.password;
    return plain && (own || origins.includes(url.origin)) ? url.href : null;
  } catch {
    return null;
  }
}

/** The whole address of a link: on a page with a `<base>` a path alone would lead elsewhere. */
export const whole = (href: string): string => new URL(href, location.href).href;

/** Takes the id of the notification that led here out of the address, without a reload. */
export function takeFromAddress(): string | null {
  const url = new URL(location.href);
  const id = url.searchParams.get(PARAMETER);
  if (id === null) return null;
  // Cut out as text: the rest stays as the application wrote it.
  const rest = url.search.slice(1).split("&");
  url.search = rest.filter((part) => part.split("=")[0] !== PARAMETER).join("&");
  history.replaceState(history.state, "", url);
  return ID.test(id) ? id.toLowerCase() : null;
}
