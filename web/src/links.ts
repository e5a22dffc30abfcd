/** The query parameter that names the notification that led to a page. */
export const PARAMETER = "carillon_notification";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Return the address of a notification's link if it is allowed, otherwise null. Allowed are a path of this origin and
 * https on an origin that the page allows. The API checks the same, but the page does not rely on it.
 */
export function safeHref(target: string | null, origins: readonly string[], here: string): string | null {
  if (!target || /[\s\\\p{C}]/u.test(target)) return null;
  try {
    const url = new URL(target, here);
    const own = url.origin === new URL(here).origin;
    // A path that starts with "//" leads to another site, either directly or through a redirect of the application.
    if (target.startsWith("/")) return own && !url.pathname.startsWith("//") ? target : null;
    const plain = /^https:\/\//i.test(target) && !url.username && !url.password;
    return plain && (own || origins.includes(url.origin)) ? url.href : null;
  } catch {
    return null;
  }
}

/** Return the absolute address of a link. On a page with a `<base>`, a path alone would lead elsewhere. */
export const whole = (href: string): string => new URL(href, location.href).href;

/** Remove the id of the notification that led here from the page's address without a reload, and return it. */
export function takeFromAddress(): string | null {
  const url = new URL(location.href);
  const id = url.searchParams.get(PARAMETER);
  if (id === null) return null;
  // Cut it out as text, so that the other parameters stay exactly as the application wrote them.
  const rest = url.search.slice(1).split("&");
  url.search = rest.filter((part) => part.split("=")[0] !== PARAMETER).join("&");
  history.replaceState(history.state, "", url);
  return ID.test(id) ? id.toLowerCase() : null;
}
