/**
 * An Express application with the recipe. The argument is its port, and it ends with its standard input.
 *
 * It signs in every person without a password, so it is only for tests.
 */

import { randomBytes, randomUUID } from "node:crypto";
import { createRequire, register } from "node:module";
import { notify, router } from "../../../docs/recipes/express/notification-tokens.mjs";

const require = createRequire(new URL("../../../docs/recipes/express/", import.meta.url)); // has these packages
const express = require("express");
const session = require("express-session");

const CLIENT = `export function resolve(name, context, next) {
  return name === "carillon-client" ? { url: ${JSON.stringify(process.env.CARILLON_CLIENT)}, shortCircuit: true } : next(name, context);
}`;
const ids = new Map();

function idOf(name) {
  if (!ids.has(name)) ids.set(name, randomUUID());
  return ids.get(name);
}

const app = express();
app.use(session({ secret: randomBytes(32).toString("hex"), resave: false, saveUninitialized: false }));
app.use(router);
app.use(express.json());
app.post("/sign-in", (request, response) => {
  const { name, email = "", verified = false } = request.body;
  request.session.user = { id: idOf(name), email, emailVerified: verified };
  response.json({});
});
app.post("/fire", async (request, response) => response.json(await notify(request.body)));

// The package carillon-client is not installed here: tests name the file that they built of it.
if (process.env.CARILLON_CLIENT) {
  register(`data:text/javascript,${encodeURIComponent(CLIENT)}`);
  const { shipping } = await import("../../../docs/recipes/express/sending.mjs");
  app.use(shipping({ ship: async (id) => ({ id, customer: "alice" }) }));
}

app.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
process.stdin.on("end", () => process.exit(0)).resume();
