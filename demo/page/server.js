// The devstack's own server.

/** An answer that was not what was asked for; the message says why. */
export class Refused extends Error {}

/** Asks for JSON. Refused when the server says no or nothing. */
export async function ask(path, order) {
  let answer;
  try {
    answer = await fetch(path, order && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) });
  } catch {
    throw new Refused("The devstack does not answer. Is it still running?");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.error ?? `The devstack answered ${answer.status}.`);
  return told;
}

/** Polls /state every second while the page is visible, and tells what changed. `trouble` gets words, or null. */
export function watch(changed, trouble) {
  let etag = null;
  let timer;
  let asking = false;
  async function look() {
    clearTimeout(timer);
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch("/state", { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag");
        changed(await answer.json());
      } else if (answer.status !== 304) throw new Refused((await answer.json()).error);
      trouble(null);
    } catch (error) {
      trouble(error instanceof Refused ? error.message : "The devstack does not answer. Is it still running?");
    }
    asking = false;
    if (!document.hidden) timer = setTimeout(look, 1000);
  }
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
  return look;
}
