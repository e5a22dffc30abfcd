// A request without an answer: the service is down, or it does not allow the page's origin (CORS). A browser gives a
// page the same error for both. But it sends a "no-cors" request to any server, and hides only the answer.

const TIMEOUT = 5_000; // milliseconds
const told = new Set<string>();

/**
 * Returns why a request failed with `error`: `origin_refused` if a server answers at `url`, else `no_answer`.
 * The first time, it writes to the console what allows the page.
 */
export async function unanswered(
  error: unknown,
  url: string,
  fetcher: typeof fetch = fetch,
): Promise<"no_answer" | "origin_refused"> {
  const { origin } = location;
  // Only a TypeError is a failure of the network or a refusal; an aborted request is neither.
  if (!(error instanceof TypeError) || new URL(url, location.href).origin === origin) return "no_answer";
  try {
    await fetcher(url, {
      mode: "no-cors",
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    return "no_answer";
  }
  if (!told.has(url)) {
    told.add(url);
    console.error(
      `Carillon: ${url} answers, but not to pages of ${origin} (CORS). ${
        origin.startsWith("http")
          ? `Add this origin to the stack's AllowedOrigins. On the devstack: make run origins=${origin}`
          : "Serve this page over http: no server can allow a page from a file."
      }`,
    );
  }
  return "origin_refused";
}
