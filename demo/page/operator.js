// The operator's panel: break and repair SES, list the failed deliveries, and replay them with the real command.
import { at, make, show } from "./dom.js";
import { request } from "./server.js";

/** Creates the panel. `refresh()` makes the page fetch the state at once. */
export function startOperator(refresh) {
  const light = make("p", { class: "light", role: "status" });
  const breakButton = make("button", { type: "button", class: "danger", onclick: () => setBroken(true) }, "Break SES");
  const repairButton = make("button", { type: "button", class: "primary", onclick: () => setBroken(false) }, "Repair SES");
  const summary = make("p", { class: "says", role: "status", "aria-label": "Failures" }, "Nothing has failed.");
  const failures = make("ul", { class: "failures", "aria-label": "Failed deliveries" });
  const replay = make("button", { type: "button", class: "primary", onclick: run }, "Replay");
  const hint = make("span", {}, "runs ", make("code", {}, "carillon dlq replay"));
  const printed = make("pre", { class: "terminal", tabIndex: 0, role: "group", "aria-label": "What the command printed", hidden: true });
  const done = make("p", { class: "done", role: "status" });
  at("operator").append(
    make("div", { class: "switch" }, light, make("div", { class: "actions" }, breakButton, repairButton)),
    make("div", { class: "trouble-list" }, summary, failures),
    make("div", { class: "actions" }, replay, hint), done, printed,
  );
  let known = "";
  let broken = false;

  async function setBroken(value) {
    try {
      await request("/ses", { broken: value });
      refresh();
    } catch (error) { done.textContent = error.message; }
  }

  async function run() {
    replay.disabled = true;
    done.textContent = "The command runs …";
    try {
      const answer = await request("/replay", {});
      printed.textContent = `$ ${answer.command}\n${answer.printed}`;
      printed.hidden = false;
      done.textContent = broken ? "Sent to the queue again. SES is still broken: it will fail again." : "Sent to the queue again. The pipe shows what happens to it.";
    } catch (error) { done.textContent = error.message; }
    refresh();
  }

  async function showFailures(state) {
    const failed = state.deliveries.filter((each) => each.status === "failed");
    const version = JSON.stringify(failed.map((each) => [each.id, each.finished]));
    if (version === known) return;
    known = version;
    const draw = (forecasts) => show(failures, failed.slice(0, 6).map((each) => ({ ...each, forecast: forecasts.get(each.id) })), (each) => each.id, failure);
    draw(new Map());
    if (!failed.length) return;
    try {
      const answer = await request("/failed"); // the operator function says what a replay would do
      if (known === version) draw(new Map(answer.failed.map((each) => [each.delivery_id, each])));
    } catch { known = ""; }
  }

  return {
    show(state) {
      broken = state.ses_broken;
      light.textContent = broken ? "SES refuses every email: 403, access denied." : "SES accepts email.";
      light.dataset.broken = broken;
      if (broken && document.activeElement === breakButton) queueMicrotask(() => repairButton.focus());
      if (!broken && document.activeElement === repairButton) queueMicrotask(() => breakButton.focus());
      breakButton.hidden = broken;
      repairButton.hidden = !broken;
      const failed = state.counts.failed ?? 0;
      const words = failed
        ? `${count(failed, "delivery has", "deliveries have")} failed; ${count(state.dead_letters, "message is", "messages are")} in the dead-letter queue.`
        : "Nothing has failed.";
      if (summary.textContent !== words) summary.textContent = words;
      summary.dataset.bad = failed > 0;
      replay.disabled = !state.dead_letters;
      showFailures(state);
    },
  };
}

const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function failure({ user, channel, title, attempts, code, detail, forecast }) {
  const skip = forecast?.would_skip;
  const next = !forecast ? "" : skip ? `A replay would skip it: ${skip}.` : "A replay sends it.";
  return make("li", {},
    make("b", {}, `${channel === "email" ? "Email" : "Push"} to ${user}: ${title}`),
    make("span", {}, `Failed after ${count(attempts, "attempt", "attempts")}: ${code}. ${next}`),
    detail ? make("small", {}, detail) : null);
}
