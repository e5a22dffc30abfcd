// A phone's lock screen: the pushes that SNS accepted for the person who is signed in.
import { at, make, show } from "./dom.js";
import { since } from "./times.js";

const SYSTEMS = { apns: "Apple’s", fcm: "Google’s" };

/** Creates the phone. `setUser(user)` sets its owner. */
export function startPhone(setup) {
  const pushes = make("ul", { class: "pushes", "aria-label": "Pushes" });
  const empty = make("p", { class: "empty" });
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" }).format(new Date());
  const clock = make("p", { class: "clock", "aria-hidden": "true" });
  const tick = () => { clock.textContent = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }); };
  tick();
  setInterval(tick, 5000);
  at("phone").append(make("div", { class: "frame", role: "group", "aria-label": "Lock screen", tabIndex: 0 }, make("p", { class: "day", "aria-hidden": "true" }, day), clock, pushes, empty));
  let user;
  let state = null;

  function draw() {
    const system = SYSTEMS[setup.phones[user]];
    at("phone-says").textContent = system
      ? `The lock screen shows what SNS passed to ${system} push service: the summary, never the body.`
      : `${user} has no phone, so no push can be sent; the pipe says so.`;
    const mine = (state?.pushes ?? []).filter((push) => push.user === user);
    show(pushes, mine, (push) => push.tag || push.at, push);
    empty.hidden = mine.length > 0;
    empty.textContent = system ? "No push yet. Fire a failed payment." : "No phone.";
  }
  return {
    setUser(name) { user = name; draw(); },
    show(newState) { state = newState; draw(); },
  };
}

function push({ title, body, badge, times, at: when }) {
  return make("li", {},
    make("p", { class: "app" }, make("span", {}, "Your app"), badge ? make("span", { class: "badge" }, `${badge} unread`) : null, since(when * 1000)),
    make("p", { class: "title" }, title),
    make("p", {}, body),
    times > 1 ? make("p", { class: "again" }, `Sent ${times} times, shown once: it replaced the earlier push.`) : null);
}
