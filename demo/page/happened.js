// The latest notifications, and the routing of each. pipe.css has the shape and the colour of each severity.
import { make } from "./dom.js";
import { since } from "./times.js";

const ACTIONS = { now: "at once", digest: "digest", off: "off" };

const title = (each) => make("p", { class: "title" }, each.title, each.times > 1 ? make("b", { class: "times" }, ` × ${each.times}`) : null);

/** Return a line of the stage Recorded. */
export function recorded(each) {
  return make("li", { class: "item", "data-hot": each.hot },
    title(each),
    make("p", { class: "meta" }, make("span", { class: `severity ${each.severity}` }, each.severity),
      ` for ${each.user}, `, since(each.at)));
}

/** Return a line of the stage Routed: the answer of each channel, in the words of the API. */
export function routed(each) {
  return make("li", { class: "item", "data-hot": each.hot },
    title(each),
    make("dl", { class: "answers" },
      answer("app", each.in_app.reason === "shown" ? "shown" : each.in_app.reason, each.in_app.words),
      ...Object.entries(each.channels).map(([name, { action, words }]) => answer(name, ACTIONS[action] ?? action, words, action))));
}

function answer(name, short, words, action = "now") {
  return make("div", { "data-action": action }, make("dt", { class: `channel ${name}` }, name), make("dd", {}, make("b", {}, short), ` · ${words}`));
}
