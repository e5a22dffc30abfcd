/**
 * Calls the recipes for Next.js as the framework does, in Node, and prints what they answer.
 *
 * The project in `running_next.py` has these files beside those of the recipes.
 */

import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { comment } from "@/app/documents/actions";
import { GET as token } from "@/app/notifications/token/route";
import { POST as webhook } from "@/app/webhooks/payments/route";
import { signIn } from "@/auth";
import { Bell } from "@/components/Bell";
import { finish } from "./packages/next/server";

const ADDRESS = "https://app.example.com/webhooks/payments";
const event = { id: "evt_1", type: "invoice.payment_failed", customer: "alice", invoice: "in_9" };
const deliver = (body: object, signature = "right") =>
  webhook(new Request(ADDRESS, { method: "POST", headers: { signature }, body: JSON.stringify(body) }));

async function said(text: string): Promise<string> {
  const form = new FormData();
  form.set("text", text);
  try {
    await comment("7", form);
    await finish();
    return "done";
  } catch (error) {
    return (error as Error).message;
  }
}

const webhooks = [await deliver(event), await deliver(event), await deliver(event, "wrong")].map((each) => each.status);
const signedOut = [(await token()).status, await said("Hello")];
signIn("ann", "token-of-ann");
const answer = await token();
const signedIn = [answer.status, answer.headers.get("cache-control"), (await answer.json()).token, await said("Hello")];
const bell = renderToString(createElement(Bell, { apiUrl: "https://api.example.com" }));
console.log(JSON.stringify({ webhooks, signedOut, signedIn, bell }));
