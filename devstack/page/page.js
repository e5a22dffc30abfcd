// Polls what the devstack knows and shows it. Email is shown in a sandbox: it runs nothing and loads nothing.
const at = (id) => document.getElementById(id);
const shown = new Map(); // the emails on the page, so that a poll leaves them alone
let timer;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function showChoices(state) {
  if (at("user").options.length) return;
  for (const user of state.users) at("user").append(new Option(user));
  for (const name of state.events) {
    const button = make("button", name);
    button.addEventListener("click", () => fire(name));
    at("events").append(button);
  }
}

function showFeed(feed) {
  at("unread").textContent = feed ? feed.unread_count : "–";
  const rows = feed ? feed.notifications : [];
  at("feed").replaceChildren(
    ...rows.map((row) => {
      const line = make("li");
      line.append(make("strong", row.title), make("small", `${row.severity} · ${row.event_name} · ${new Date(row.created_at).toLocaleTimeString()}${row.read_at ? " · read" : ""}`));
      return line;
    }),
  );
  if (!rows.length) at("feed").append(make("li", feed ? "Nothing yet." : "The feed does not answer.", "empty"));
}

function showEmails(emails) {
  for (const email of emails.toReversed()) {
    if (shown.has(email.id)) continue;
    const item = at("email").content.cloneNode(true);
    item.querySelector(".subject").textContent = email.subject;
    item.querySelector(".to").textContent = `to ${email.to}`;
    item.querySelector("time").textContent = new Date(typeof email.time === "number" ? email.time * 1000 : email.time).toLocaleTimeString();
    const frame = item.querySelector("iframe");
    if (email.html) frame.srcdoc = `<base target="_blank">${email.html}`;
    else frame.remove();
    item.querySelector("pre").textContent = email.text;
    shown.set(email.id, true);
    at("emails").querySelector(".empty")?.remove();
    at("emails").prepend(item);
  }
  if (!shown.size && !at("emails").children.length) at("emails").append(make("li", "None yet.", "empty"));
}

async function poll() {
  clearTimeout(timer);
  try {
    const user = at("user").value || "alice";
    const state = await (await fetch(`/state?user=${encodeURIComponent(user)}`)).json();
    showChoices(state);
    at("whose").textContent = user;
    at("queue").textContent = state.queue;
    at("dead").textContent = state.dead_letters;
    showFeed(state.feed);
    showEmails(state.emails);
  } catch {
    at("result").textContent = "The devstack does not answer. Is it still running?";
  }
  if (!document.hidden) timer = setTimeout(poll, 2000);
}

async function fire(event) {
  at("result").textContent = "…";
  const body = JSON.stringify({ event, user: at("user").value });
  const answer = await (await fetch("/fire", { method: "POST", headers: { "Content-Type": "application/json" }, body })).json();
  const routing = answer.answer?.notification?.routing;
  const routes = Object.entries(routing ?? {}).map(([channel, route]) => `${channel}: ${route.action} (${route.reason})`);
  at("result").textContent = [`${answer.status}`, ...routes].join(" · ");
  poll();
}

if (location.pathname !== "/") {
  at("place").hidden = false;
  at("place").querySelector("code").textContent = location.pathname + location.search + location.hash;
}
at("user").addEventListener("change", poll);
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
poll();
