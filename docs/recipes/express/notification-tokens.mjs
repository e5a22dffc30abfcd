/**
 * Tokens for Carillon from an Express application with cookie sessions.
 *
 * Add `app.use(router)` after the session middleware, and before a middleware that requires a sign-in.
 */

import { createPrivateKey, createPublicKey } from "node:crypto";
import { Router } from "express";
import { calculateJwkThumbprint, SignJWT } from "jose";

const ISSUER = setting("CARILLON_ISSUER"); // this site's https address, without a slash at the end
const AUDIENCE = setting("CARILLON_AUDIENCE");
const TEN_MINUTES = 600; // seconds
export const PRODUCER = "backend"; // the name of this application at Carillon

function setting(name) {
  if (!process.env[name]) throw new Error(`${name} is not set`);
  return process.env[name];
}

/** Returns a private key, and its public half as a JSON Web Key. */
async function readKey(pem) {
  const jwk = createPublicKey(pem).export({ format: "jwk" });
  if (jwk.kty !== "RSA") throw new TypeError("CARILLON_KEYS: API Gateway accepts only RSA keys");
  // The id of a key is its hash (RFC 7638), so each key has its own id.
  const kid = await calculateJwkThumbprint(jwk);
  return { private: createPrivateKey(pem), public: { ...jwk, kid, use: "sig", alg: "RS256" } };
}

// One PEM block after the other. All keys are published, and the first one signs.
const pems = setting("CARILLON_KEYS").match(/-----BEGIN .+?-----END [A-Z ]+-----/gs);
const keys = await Promise.all(pems.map(readKey));
const [signing] = keys;

/** Returns a token for `subject`, valid for ten minutes. Never pass claims that came with a request. */
export function mint(subject, claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, sub: subject, iat: now, exp: now + TEN_MINUTES })
    .setProtectedHeader({ alg: "RS256", kid: signing.public.kid })
    .sign(signing.private);
}

/** Records a notification with a token of this application, and resolves to Carillon's answer. */
export async function notify(notification) {
  const token = await mint(PRODUCER, { client_id: PRODUCER, scope: "carillon/send" });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(notification), signal: AbortSignal.timeout(10_000) };
  const answer = await fetch(`${setting("CARILLON_API")}/notifications`, request);
  if (!answer.ok) throw new Error(`Carillon answered ${answer.status}`);
  return answer.json();
}

export const router = Router();

/** The discovery document: it tells API Gateway where the keys are. */
router.get("/.well-known/openid-configuration", (_, response) => {
  response.set("Cache-Control", "public, max-age=300").json({
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/.well-known/jwks.json`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  });
});

/** The public halves of all keys. Caches keep them for at most five minutes. */
router.get("/.well-known/jwks.json", (_, response) => {
  response.set("Cache-Control", "public, max-age=300").json({ keys: keys.map((key) => key.public) });
});

/** A token for the person who is signed in. */
router.get("/notifications/token", async (request, response) => {
  response.set("Cache-Control", "no-store");
  const person = request.session.user; // stored by your sign-in
  if (!person) return response.status(401).json({ error: "not signed in" });
  // Only if you verified the address.
  const claims = person.emailVerified ? { email: person.email, email_verified: true } : {};
  return response.json({ token: await mint(String(person.id), claims), expires_in: TEN_MINUTES });
});
