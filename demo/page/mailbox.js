// The mailbox: every email that SES accepted. An email is in a sandboxed frame: it runs no script and loads nothing.
import { at, make, show, tabs } from "./dom.js";
import { request } from "./server.js";
import { clockTime, since } from "./times.js";

const moment = (time) => new Date(typeof time === "number" ? time * 1000 : time);

/** Creates the mailbox. It fetches the emails when their number has changed. */
export function startMailbox() {
  const list = make("ul", { class: "emails", "aria-label": "Emails" });
  const empty = make("p", { class: "empty" }, "No email yet. Fire a failed payment as alice.");
  const reader = make("article", { class: "reader", "aria-label": "The email", hidden: true });
  at("mail").append(empty, list, reader);
  let known = -1;
  let open = null;
  let fetching = false;

  function read(email) {
    open = email.id;
    const frame = make("iframe", { title: `The email: ${email.subject}`, srcdoc: `<base target="_blank">${email.html}` });
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    const text = make("pre", { tabIndex: 0, role: "group", "aria-label": "The email as text" }, email.text);
    reader.replaceChildren(
      make("header", {},
        make("h3", {}, email.subject),
        make("p", {}, `From ${email.from} to ${email.to} · ${clockTime(moment(email.time))}`)),
      ...tabs("How to show the email", "email", [["As HTML", make("div", {}, frame)], ["As text", make("div", {}, text)]]),
    );
    reader.hidden = false;
    for (const item of list.children) mark(item);
  }
  const mark = (item) => {
    const chosen = item.dataset.key === open;
    item.firstChild.toggleAttribute("data-open", chosen);
    if (chosen) item.firstChild.setAttribute("aria-current", "true");
    else item.firstChild.removeAttribute("aria-current");
  };
  const row = (email) => make("li", {}, make("button", { type: "button", onclick: () => read(email) },
    make("b", {}, email.subject), make("span", {}, `to ${email.to} · `, since(moment(email.time)))));

  async function refresh(count) {
    if (fetching || count === known) return;
    fetching = true;
    try {
      const { emails } = await request("/mail");
      known = count;
      show(list, emails, (email) => email.id, row);
      empty.hidden = emails.length > 0;
      if (open === null && emails.length) read(emails[0]);
      for (const item of list.children) mark(item);
    } catch { /* the page shows already that the devstack does not answer; the next state tries again */ }
    fetching = false;
  }
  return { show: (state) => refresh(state.emails) };
}
