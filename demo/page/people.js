// The person who is signed in, and their bell. To sign in is to choose a name: the devstack gives a token without proof.
import { at, make } from "./dom.js";

const KEY = "carillon-demo-user";
const SETTINGS = {
  alice: "email and push on",
  bob: "everything switched off",
  carol: "push on, no address",
};

/** Shows the choice and calls `chosen(user)` at once and at each change. */
export function signIn(setup, chosen) {
  const stored = localStorage.getItem(KEY);
  let user = setup.users.includes(stored) ? stored : setup.users[0];
  function choose(name) {
    user = name;
    localStorage.setItem(KEY, name);
    for (const element of document.querySelectorAll(".whose")) element.textContent = name;
    showBell(setup, name);
    chosen(name);
  }
  at("people").append(
    ...setup.users.map((name) =>
      make("label", {}, make("input", { type: "radio", name: "user", value: name, checked: name === user, onchange: () => choose(name) }),
        make("span", {}, make("b", {}, name), make("small", {}, ` ${SETTINGS[name] ?? ""}`))),
    ),
  );
  choose(user);
}

function showBell(setup, user) {
  if (!setup.bell) {
    at("bell").replaceChildren(make("p", { class: "nobell" }, "The bell is not built."));
    return;
  }
  // A new element for each person, because an application has one for each session.
  at("bell").replaceChildren(
    make("carillon-bell", {
      "api-url": setup.api_url,
      "token-url": `/token?user=${encodeURIComponent(user)}`,
      "service-worker-url": "/carillon-sw.js",
      locale: "en",
    }),
  );
}

/** Loads the bell's script, as any page does. */
export function loadBell(setup) {
  if (setup.bell) document.head.append(make("script", { type: "module", src: "/bell.js" }));
}

/** Makes the bell poll at once. A bell that is not loaded yet has no `refresh`. */
export const refreshBell = () => document.querySelector("carillon-bell")?.refresh?.();

/** Shows the path that a notification links to. An application would show that page; the demo stays here. */
export function followLinks() {
  const show = () => {
    const path = location.pathname + location.search + location.hash;
    at("place").hidden = location.pathname === "/";
    at("place").querySelector("code").textContent = path;
  };
  addEventListener("carillon-navigate", (event) => {
    event.preventDefault();
    history.pushState(null, "", event.detail.href);
    show();
  });
  addEventListener("popstate", show);
  show();
}
