// The demo: wires the parts of the page to what the devstack tells each second.
import { startConsole } from "./console.js";
import { at } from "./dom.js";
import { startMailbox } from "./mailbox.js";
import { startOperator } from "./operator.js";
import { followLinks, hurryBell, loadBell, signIn } from "./people.js";
import { startPhone } from "./phone.js";
import { startPipe } from "./pipe.js";
import { ask, watch } from "./server.js";

function trouble(words) {
  at("trouble").hidden = words === null;
  if (words !== null && at("trouble").textContent !== words) at("trouble").textContent = words;
}

async function start() {
  const setup = await ask("/setup");
  let user;
  let look = () => {};
  const now = () => look();
  const pipe = startPipe(now);
  const phone = startPhone(setup);
  const mailbox = startMailbox();
  const operator = startOperator(now);
  startConsole(setup, () => user, (ids) => {
    pipe.mark(ids);
    hurryBell();
    now();
  });
  followLinks();
  loadBell(setup);
  signIn(setup, (name) => {
    user = name;
    phone.of(name);
  });
  look = watch((state) => {
    pipe.show(state);
    phone.show(state);
    mailbox.show(state);
    operator.show(state);
  }, trouble);
}

start().catch((error) => trouble(error.message));
