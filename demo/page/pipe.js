// The pipe: six stages, the newest first in each, and what was fired last marked in all of them.
import { at, make, show } from "./dom.js";
import { routed, recorded } from "./happened.js";
import { ask } from "./server.js";
import { countdown, since } from "./times.js";

const STAGES = [
  ["recorded", "Recorded", "In Postgres and in the app, before anything else."],
  ["routed", "Routed", "One answer a channel, always, and why."],
  ["waiting", "Waiting", "Digests that collect, and retries, until they leave."],
  ["sending", "Sending", "In the queue, or in a worker’s hands."],
  ["sent", "Sent", "Accepted by SES or SNS, or no longer needed."],
  ["failed", "Failed", "Attempts used up, so its message went to the dead-letter queue."],
];

/** Makes the stages. `now()` makes the page look at once. */
export function startPipe(now) {
  const parts = Object.fromEntries(STAGES.map(([name, title, says]) => [name, stage(name, title, says)]));
  const pauses = make("p", { class: "pauses", role: "status" });
  const letters = make("p", { class: "letters" });
  const queued = make("p", { class: "letters" });
  parts.sending.section.append(queued);
  parts.failed.section.append(letters);
  at("stages").append(make("ol", { class: "stages" }, Object.values(parts).map((part) => part.section)), pauses);
  let marked = new Set();
  let last = null;

  function draw(state) {
    last = state;
    const hot = (ids) => ids.some((id) => marked.has(id));
    const happened = state.happened.map((each) => ({ ...each, hot: hot(each.ids), ids: undefined }));
    const by = (...statuses) => state.deliveries.filter((each) => statuses.includes(each.status))
      .map((each) => ({ ...each, hot: hot(each.notification_ids), notification_ids: undefined }));
    const waits = (each) => each.collects || new Date(each.due) - Date.now() > 500 || each.attempts > 0;
    const pending = by("pending").sort((a, b) => b.hot - a.hot); // what was fired last before what leaves next
    const ended = by("sent", "skipped").sort((a, b) => b.finished.localeCompare(a.finished));
    fill(parts.recorded, state.counts.recorded, happened, recorded, "Nothing yet.");
    fill(parts.routed, null, happened, routed, "Nothing yet.");
    fill(parts.waiting, pending.filter(waits).length, pending.filter(waits), waiting(now), "Nothing waits.");
    const leaving = [...by("sending"), ...pending.filter((each) => !waits(each))];
    fill(parts.sending, leaving.length, leaving, sending, "Nothing under way.");
    fill(parts.sent, state.counts.sent ?? 0, ended, sent, "Nothing yet.");
    fill(parts.failed, state.counts.failed ?? 0, by("failed"), failed, "Nothing failed.");
    parts.failed.section.dataset.bad = (state.counts.failed ?? 0) + state.dead_letters > 0;
    letters.replaceChildren(make("b", {}, "Dead-letter queue "), make("span", {}, amount(state.dead_letters, "message")));
    queued.replaceChildren(make("b", {}, "SQS queue "), make("span", { title: "Delayed ones too: each digest has a message that comes when it leaves." }, amount(state.queue, "message")));
    letters.dataset.bad = state.dead_letters > 0;
    const paused = state.pauses.map((each) => `${each.automatic ? "The provider is out, so" : "An operator paused"} ${each.channel ?? "everything"} ${each.automatic ? "waits" : ""} until ${new Date(each.until).toLocaleTimeString("en-GB")}.`).join(" ");
    if (pauses.textContent !== paused) pauses.textContent = paused;
  }
  return {
    show: draw,
    mark(ids) { marked = new Set(ids); if (last) draw(last); },
  };
}

function stage(name, title, says) {
  const count = make("output", { class: "count", "aria-label": `${title}: how many` });
  const list = make("ul", { "aria-labelledby": `stage-${name}`, tabIndex: 0 });
  const empty = make("p", { class: "empty" });
  const section = make("li", { class: `stage stage-${name}` },
    make("h3", {}, make("span", { id: `stage-${name}` }, title), count), make("p", { class: "says" }, says), list, empty);
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

const WHY = { event: "Collects its kind", batch: "Collects its batch", quiet: "Waits for the end of quiet hours", limit: "Over the limit of its minute" };

const waiting = (now) => (each) => {
  const button = make("button", {
    type: "button", class: "small", "aria-label": `Send now: ${each.title}, to ${each.user}`,
    title: "A shortcut of the demo: the digest is made due in the database.",
    onclick: async () => {
      button.disabled = true;
      await ask("/leave-now", { delivery_id: each.id }).catch(() => {});
      now();
    },
  }, "Send now");
  if (each.attempts) {
    return item(each, make("p", { class: "why bad" }, `Attempt ${each.attempts} of ${each.max_attempts} failed: ${each.code}. Again `, countdown(each.due)));
  }
  return item(each,
    make("p", { class: "why" }, `${each.collects ? (WHY[each.digest] ?? "Collects") : "Scheduled"}: ${amount(each.items, "notification")} so far. Leaves `, make("b", {}, countdown(each.due))),
    each.collects ? button : null);
};

const sending = (each) => item(each, make("p", { class: "why" }, each.status === "sending" ? "A worker has it." : "In the queue."));

const LEFT_OUT = { already_read: "read in the app first", retracted: "retracted", expired: "expired", disabled: "switched off meanwhile", cancelled: "cancelled by an operator" };

function sent(each) {
  if (each.status === "skipped") {
    return item(each, make("p", { class: "why" }, `Skipped: ${LEFT_OUT[each.code] ?? each.code}. `, since(each.finished)));
  }
  const took = Math.max(0, each.seconds).toFixed(1);
  return item(each, make("p", { class: "why good" }, `Accepted ${took} s after it was due. `, since(each.finished)));
}

const failed = (each) => item(each, make("p", { class: "why bad" }, `Given up after ${amount(each.attempts, "attempt")}: ${each.code}. `, since(each.finished)));
