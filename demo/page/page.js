// The demo: connects the parts of the page with the state that the devstack answers each second.
import { startConsole } from "./console.js";
import { at } from "./dom.js";
import { startMailbox } from "./mailbox.js";
import { startOperator } from "./operator.js";
import { followLinks, loadBell, refreshBell, signIn } from "./people.js";
import { startPhone } from "./phone.js";
import { startPipe } from "./pipe.js";
import { request, watch } from "./server.js";

function showError(text) {
  at("trouble").hidden = text === null;
  if (text !== null && at("trouble").textContent !== text) at("trouble").textContent = text;
}

async function start() {
  const setup = await request("/setup");
  let user;
  let fetchState = () => {};
  const refresh = () => fetchState();
  const pipe = startPipe(refresh);
  const phone = startPhone(setup);
  const mailbox = startMailbox();
  const operator = startOperator(refresh);
  startConsole(setup, () => user, (ids) => {
    pipe.mark(ids);
    refreshBell();
    refresh();
  });
  followLinks();
  loadBell(setup);
  signIn(setup, (name) => {
    user = name;
    phone.setUser(name);
  });
  fetchState = watch((state) => {
    pipe.show(state);
    phone.show(state);
    mailbox.show(state);
    operator.show(state);
  }, showError);
}

start().catch((error) => showError(error.message));
