// Breaking SES, what fails of it, and the operator who repairs it with the real command.
import { at, make, show } from "./dom.js";
import { ask } from "./server.js";

/** Makes the panel. `now()` makes the page look at once. */
export function startOperator(now) {
  const light = make("p", { class: "light", role: "status" });
  const breaker = make("button", { type: "button", class: "danger", onclick: () => turn(true) }, "Break SES");
  const healer = make("button", { type: "button", class: "primary", onclick: () => turn(false) }, "Heal SES");
  const says = make("p", { class: "says", role: "status", "aria-label": "Failures" }, "Nothing has failed.");
  const failures = make("ul", { class: "failures", "aria-label": "Failed deliveries" });
  const replay = make("button", { type: "button", class: "primary", onclick: run }, "Replay");
  const hint = make("span", {}, "runs ", make("code", {}, "carillon dlq replay"));
  const printed = make("pre", { class: "terminal", tabIndex: 0, role: "group", "aria-label": "What the command printed", hidden: true });
  const done = make("p", { class: "done", role: "status" });
  at("operator").append(
    make("div", { class: "switch" }, light, make("div", { class: "actions" }, breaker, healer)),
    make("div", { class: "trouble-list" }, says, failures),
    make("div", { class: "actions" }, replay, hint), done, printed,
  );
  let known = "";
  let broken = false;

  async function turn(off) {
    try {
      await ask("/ses", { broken: off });
      now();
    } catch (error) { done.textContent = error.message; }
  }

  async function run() {
    replay.disabled = true;
    done.textContent = "The command is at work …";
    try {
      const told = await ask("/replay", {});
      printed.textContent = `$ ${told.command}\n${told.printed}`;
      printed.hidden = false;
      done.textContent = broken ? "Sent to the queue again. SES is still broken: it will fail again." : "Sent to the queue again; the pipe shows it leave.";
    } catch (error) { done.textContent = error.message; }
    now();
  }

  async function lookAtFailures(state) {
    const failed = state.deliveries.filter((each) => each.status === "failed");
    const mark = JSON.stringify(failed.map((each) => [each.id, each.finished]));
    if (mark === known) return;
    known = mark;
    const draw = (outlook) => show(failures, failed.slice(0, 6).map((each) => ({ ...each, outlook: outlook.get(each.id) })), (each) => each.id, failure);
    draw(new Map());
    if (!failed.length) return;
    try {
      const told = await ask("/failed"); // what the operator function says that a replay would do
      if (known === mark) draw(new Map(told.failed.map((each) => [each.delivery_id, each])));
    } catch { known = ""; }
  }

  return {
    show(state) {
      broken = state.ses_broken;
      light.textContent = broken ? "SES refuses every email: 403, access denied." : "SES accepts email.";
      light.dataset.broken = broken;
      if (broken && document.activeElement === breaker) queueMicrotask(() => healer.focus());
      if (!broken && document.activeElement === healer) queueMicrotask(() => breaker.focus());
      breaker.hidden = broken;
      healer.hidden = !broken;
      const failed = state.counts.failed ?? 0;
      const words = failed
        ? `${count(failed, "delivery has", "deliveries have")} failed; ${count(state.dead_letters, "message waits", "messages wait")} in the dead-letter queue.`
        : "Nothing has failed.";
      if (says.textContent !== words) says.textContent = words;
      says.dataset.bad = failed > 0;
      replay.disabled = !state.dead_letters;
      lookAtFailures(state);
    },
  };
}

const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function failure({ user, channel, title, attempts, code, detail, outlook }) {
  const skip = outlook?.would_skip;
  const next = !outlook ? "" : skip ? `A replay would skip it: ${skip}.` : "A replay sends it.";
  return make("li", {},
    make("b", {}, `${channel === "email" ? "Email" : "Push"} to ${user}: ${title}`),
    make("span", {}, `Given up after ${count(attempts, "attempt", "attempts")}: ${code}. ${next}`),
    detail ? make("small", {}, detail) : null);
}
