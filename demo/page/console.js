// The producer's console: what happened, the request that tells of it, and the answer.
import { at, make, tabs } from "./dom.js";
import { ask } from "./server.js";

/** Shows the stories. `fired(ids)` hears which notifications were told of. */
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

  async function send(doing, body) {
    say("busy", doing);
    try {
      const told = await ask("/fire", body);
      order = told.order;
      say(...outcome(told));
      showExchange(told);
      at("outcome").scrollIntoView({ block: "nearest" }); // on a phone it is below the buttons
      fired([told.response.body?.notification?.id].filter(Boolean));
    } catch (error) {
      say("bad", error.message);
    }
  }
}

function say(kind, words) {
  at("outcome").className = `outcome ${kind}`;
  at("outcome").textContent = words;
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
      () => { copied.textContent = "The browser does not let this page copy."; },
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

/** A block of text that scrolls, by keyboard too. */
function code(label, text) {
  return make("pre", { tabIndex: 0, role: "group", "aria-label": label }, text);
}
