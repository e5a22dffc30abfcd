// The producer's console: the stories to fire, the request that was sent, and the answer.
import { at, make, tabs } from "./dom.js";
import { request } from "./server.js";

/** Shows the stories. Calls `fired(ids)` with the notifications that a story has recorded. */
export function startConsole(setup, user, fired) {
  const products = Map.groupBy(setup.stories, (story) => story.product);
  at("stories").append(
    ...[...products].map(([product, stories], number) =>
      make("div", { role: "group", "aria-labelledby": `product-${number}`, class: "product" },
        make("h3", { id: `product-${number}` }, product),
        make("div", { class: "buttons" }, stories.map((story) =>
          make("button", { type: "button", onclick: () => send(`${story.title} …`, { story: story.name, user: user() }) },
            story.title, make("small", {}, story.hint))))),
    ),
  );
  let order = null;
  at("again").addEventListener("click", () => send("The same again …", { again: order }));

  async function send(progress, body) {
    showOutcome("busy", progress);
    try {
      const answer = await request("/fire", body);
      order = answer.order;
      showOutcome(...outcome(answer));
      showExchange(answer);
      at("outcome").scrollIntoView({ block: "nearest" }); // on a phone it is below the buttons
      fired([answer.response.body?.notification?.id].filter(Boolean));
    } catch (error) {
      showOutcome("bad", error.message);
    }
  }
}

function showOutcome(kind, text) {
  at("outcome").className = `outcome ${kind}`;
  at("outcome").textContent = text;
}

function outcome({ requests, replayed, response }) {
  if (response.status >= 400) return ["bad", `Refused: ${response.status} ${response.body?.error?.message ?? ""}`];
  if (replayed) {
    const same = requests === 1 ? "Same notification" : `The same ${replayed} notifications`;
    return ["same", `${same}: nothing recorded twice. The answer says Idempotency-Replayed: true.`];
  }
  return ["good", requests === 1 ? "Recorded: it is in the app now." : `${requests} requests: all recorded, all in the app now.`];
}

function showExchange({ request, response, requests, statuses }) {
  const all = requests > 1 ? `# ${requests} requests like this, answered ${Object.entries(statuses).map(([status, n]) => `${n} × ${status}`).join(", ")}\n` : "";
  const path = new URL(request.url).pathname;
  const lines = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join("\n");
  const copied = make("span", { role: "status" });
  const copy = make("button", {
    type: "button",
    onclick: () => navigator.clipboard.writeText(request.curl).then(
      () => { copied.textContent = "Copied."; },
      () => { copied.textContent = "The browser does not allow this page to copy."; },
    ),
  }, "Copy");
  const chosen = [...at("exchange-tabs").querySelectorAll("[role=tab]")].findIndex((tab) => tab.ariaSelected === "true");
  at("exchange-tabs").replaceChildren(...tabs("The request", "exchange", [
    ["Request", make("div", {}, code("Request", `${all}${request.method} ${path}\n${lines(request.headers)}\n\n${JSON.stringify(request.body, null, 2)}`))],
    ["Response", make("div", {}, code("Response", `${response.status}\n${lines(response.headers)}\n\n${JSON.stringify(response.body, null, 2)}`))],
    ["curl", make("div", {}, code("As a curl line", request.curl), make("p", { class: "actions" }, copy, copied))],
  ]));
  if (chosen > 0) at("exchange-tabs").querySelectorAll("[role=tab]")[chosen].click();
  at("exchange").hidden = false;
}

/** Returns a block of text that also scrolls by keyboard. */
function code(label, text) {
  return make("pre", { tabIndex: 0, role: "group", "aria-label": label }, text);
}
