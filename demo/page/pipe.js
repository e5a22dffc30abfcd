// The pipe: six stages, the newest first in each. What was fired last is marked in all of them.
import { at, make, show } from "./dom.js";
import { routed, recorded } from "./happened.js";
import { request } from "./server.js";
import { countdown, since } from "./times.js";

const STAGES = [
  ["recorded", "Recorded", "In Postgres and in the app, before anything else."],
  ["routed", "Routed", "One answer for each channel, with the reason."],
  ["waiting", "Waiting", "Open digests, and retries that are not due yet."],
  ["sending", "Sending", "In the queue, or claimed by a worker."],
  ["sent", "Sent", "Accepted by SES or SNS, or no longer needed."],
  ["failed", "Failed", "No attempts left: the message is in the dead-letter queue."],
];

/** Creates the stages. `refresh()` makes the page fetch the state at once. */
export function startPipe(refresh) {
  const stages = Object.fromEntries(STAGES.map(([name, title, text]) => [name, stage(name, title, text)]));
  const pauses = make("p", { class: "pauses", role: "status" });
  const letters = make("p", { class: "letters" });
  const queued = make("p", { class: "letters" });
  stages.sending.section.append(queued);
  stages.failed.section.append(letters);
  at("stages").append(make("ol", { class: "stages" }, Object.values(stages).map((each) => each.section)), pauses);
  let marked = new Set();
  let last = null;

  function draw(state) {
    last = state;
    const hot = (ids) => ids.some((id) => marked.has(id));
    const happened = state.happened.map((each) => ({ ...each, hot: hot(each.ids), ids: undefined }));
    const by = (...statuses) => state.deliveries.filter((each) => statuses.includes(each.status))
      .map((each) => ({ ...each, hot: hot(each.notification_ids), notification_ids: undefined }));
    const waits = (each) => each.collects || new Date(each.due) - Date.now() > 500 || each.attempts > 0;
    const pending = by("pending").sort((a, b) => b.hot - a.hot); // what was fired last first, then what is due next
    const ended = by("sent", "skipped").sort((a, b) => b.finished.localeCompare(a.finished));
    fill(stages.recorded, state.counts.recorded, happened, recorded, "Nothing yet.");
    fill(stages.routed, null, happened, routed, "Nothing yet.");
    fill(stages.waiting, pending.filter(waits).length, pending.filter(waits), waiting(refresh), "Nothing waits.");
    const leaving = [...by("sending"), ...pending.filter((each) => !waits(each))];
    fill(stages.sending, leaving.length, leaving, sending, "Nothing in progress.");
    fill(stages.sent, state.counts.sent ?? 0, ended, sent, "Nothing yet.");
    fill(stages.failed, state.counts.failed ?? 0, by("failed"), failed, "Nothing failed.");
    stages.failed.section.dataset.bad = (state.counts.failed ?? 0) + state.dead_letters > 0;
    letters.replaceChildren(make("b", {}, "Dead-letter queue "), make("span", {}, amount(state.dead_letters, "message")));
    queued.replaceChildren(make("b", {}, "SQS queue "), make("span", { title: "Includes delayed messages: each open digest has one, which becomes visible when the digest is due." }, amount(state.queue, "message")));
    letters.dataset.bad = state.dead_letters > 0;
    const paused = state.pauses.map((each) => `${each.automatic ? "The circuit breaker" : "An operator"} paused ${each.channel ?? "everything"} until ${new Date(each.until).toLocaleTimeString("en-GB")}.`).join(" ");
    if (pauses.textContent !== paused) pauses.textContent = paused;
  }
  return {
    show: draw,
    mark(ids) { marked = new Set(ids); if (last) draw(last); },
  };
}

function stage(name, title, text) {
  const count = make("output", { class: "count", "aria-label": `${title}: how many` });
  const list = make("ul", { "aria-labelledby": `stage-${name}`, tabIndex: 0 });
  const empty = make("p", { class: "empty" });
  const section = make("li", { class: `stage stage-${name}` },
    make("h3", {}, make("span", { id: `stage-${name}` }, title), count), make("p", { class: "says" }, text), list, empty);
  return { section, list, count, empty };
}

function fill(part, count, items, render, nothing) {
  const shown = count === null ? "" : String(count);
  if (part.count.textContent !== shown) part.count.textContent = shown;
  part.count.hidden = count === null;
  show(part.list, items, (item) => item.id, render);
  part.list.hidden = items.length === 0;
  part.empty.hidden = items.length > 0;
  part.empty.textContent = nothing;
  part.section.toggleAttribute("data-hot", items.some((item) => item.hot));
}

function item(each, ...lines) {
  const about = each.items > 1 ? `${each.title} and ${each.items - 1} more` : each.title;
  return make("li", { class: "item", "data-hot": each.hot, "data-channel": each.channel },
    make("p", { class: "title" }, about ?? "A delivery"), make("p", { class: "meta" }, channel(each), ` to ${each.user}`), ...lines);
}

const channel = (each) => make("span", { class: `channel ${each.channel}` }, each.channel);
const amount = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

const WHY = { event: "Digest of its event", batch: "Digest of its batch", quiet: "Digest until the end of quiet hours", limit: "Overflow digest: the minute’s limit was reached" };

const waiting = (refresh) => (each) => {
  const button = make("button", {
    type: "button", class: "small", "aria-label": `Send now: ${each.title}, to ${each.user}`,
    title: "A shortcut of the demo: it makes the digest due in the database.",
    onclick: async () => {
      button.disabled = true;
      await request("/send-now", { delivery_id: each.id }).catch(() => {});
      refresh();
    },
  }, "Send now");
  if (each.attempts) {
    return item(each, make("p", { class: "why bad" }, `Attempt ${each.attempts} of ${each.max_attempts} failed: ${each.code}. Next attempt `, countdown(each.due)));
  }
  return item(each,
    make("p", { class: "why" }, `${each.collects ? (WHY[each.digest] ?? "Digest") : "Scheduled"}, ${amount(each.items, "notification")} so far. Due `, make("b", {}, countdown(each.due))),
    each.collects ? button : null);
};

const sending = (each) => item(each, make("p", { class: "why" }, each.status === "sending" ? "Claimed by a worker." : "In the queue."));

const SKIPPED = { already_read: "read in the app first", retracted: "retracted", expired: "expired", disabled: "switched off meanwhile", cancelled: "cancelled by an operator" };

function sent(each) {
  if (each.status === "skipped") {
    return item(each, make("p", { class: "why" }, `Skipped: ${SKIPPED[each.code] ?? each.code}. `, since(each.finished)));
  }
  const took = Math.max(0, each.seconds).toFixed(1);
  return item(each, make("p", { class: "why good" }, `Accepted ${took} s after it was due. `, since(each.finished)));
}

const failed = (each) => item(each, make("p", { class: "why bad" }, `Failed after ${amount(each.attempts, "attempt")}: ${each.code}. `, since(each.finished)));
