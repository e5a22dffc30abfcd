// Requests to the server of the demo page.

/** A request that failed. The message gives the reason. */
export class RequestError extends Error {}

/** Sends a GET, or a POST with `command`, and returns the parsed JSON. Throws RequestError unless the answer is 2xx. */
export async function request(path, command) {
  let answer;
  try {
    answer = await fetch(path, command && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(command) });
  } catch {
    throw new RequestError("The devstack does not answer. Is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new RequestError(body.error ?? `The devstack answered ${answer.status}.`);
  return body;
}

/**
 * Polls /state every second while the page is visible, and calls `changed(state)` when it has changed.
 * Calls `showError` with the error's text, or with null if there is none. Returns a function that polls at once.
 */
export function watch(changed, showError) {
  let etag = null;
  let timer;
  let polling = false;
  async function poll() {
    clearTimeout(timer);
    if (polling) return;
    polling = true;
    try {
      const answer = await fetch("/state", { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag");
        changed(await answer.json());
      } else if (answer.status !== 304) throw new RequestError((await answer.json()).error);
      showError(null);
    } catch (error) {
      showError(error instanceof RequestError ? error.message : "The devstack does not answer. Is it still running?");
    }
    polling = false;
    if (!document.hidden) timer = setTimeout(poll, 1000);
  }
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  poll();
  return poll;
}
