/**
 * Tokens for Carillon from an Express application with cookie sessions.
 *
 * After the session's middleware, and before one that sends people to sign in: `app.use(router)`.
 */

import { createPrivateKey, createPublicKey } from "node:crypto";
import { Router } from "express";
import { calculateJwkThumbprint, SignJWT } from "jose";

const ISSUER = setting("CARILLON_ISSUER"); // this site's https address, without a slash at the end
const AUDIENCE = setting("CARILLON_AUDIENCE");
const TEN_MINUTES = 600; // seconds
const PRODUCER = "backend"; // the name by which Carillon knows this application

function setting(name) {
  if (!process.env[name]) throw new Error(`${name} is not set`);
  return process.env[name];
}

/** A private key, and as a JSON Web Key what everybody may know of it. */
async function readKey(pem) {
  const jwk = createPublicKey(pem).export({ format: "jwk" });
  if (jwk.kty !== "RSA") throw new TypeError("CARILLON_KEYS: API Gateway takes RSA keys alone");
  // Its name is its hash (RFC 7638): another key has another name, and nobody has to think of one.
  const kid = await calculateJwkThumbprint(jwk);
  return { private: createPrivateKey(pem), public: { ...jwk, kid, use: "sig", alg: "RS256" } };
}

// PEM blocks one after the other: all are published, the first one signs.
const pems = setting("CARILLON_KEYS").match(/-----BEGIN .+?-----END [A-Z ]+-----/gs);
const keys = await Promise.all(pems.map(readKey));
const [signing] = keys;

/** A token that speaks for `subject` for ten minutes. Never hand on claims that a request brought. */
export function mint(subject, claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, sub: subject, iat: now, exp: now + TEN_MINUTES })
    .setProtectedHeader({ alg: "RS256", kid: signing.public.kid })
    .sign(signing.private);
}

/** Record a notification, with a token of this application's own. Resolves to what Carillon answers. */
export async function notify(notification) {
  const token = await mint(PRODUCER, { client_id: PRODUCER, scope: "carillon/send" });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(notification), signal: AbortSignal.timeout(10_000) };
  const answer = await fetch(`${setting("CARILLON_API")}/notifications`, request);
  if (!answer.ok) throw new Error(`Carillon answered ${answer.status}`);
  return answer.json();
}

export const router = Router();

/** Where API Gateway finds the keys. */
router.get("/.well-known/openid-configuration", (_, response) => {
  response.set("Cache-Control", "public, max-age=300").json({
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/.well-known/jwks.json`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  });
});

/** The public halves of all keys. A cache in front keeps none for longer than five minutes. */
router.get("/.well-known/jwks.json", (_, response) => {
  response.set("Cache-Control", "public, max-age=300").json({ keys: keys.map((key) => key.public) });
});

/** A token for whoever the session says is signed in. */
router.get("/notifications/token", async (request, response) => {
  response.set("Cache-Control", "no-store");
  const person = request.session.user; // what your sign-in put there
  if (!person) return response.status(401).json({ error: "not signed in" });
  // Only if you have seen them answer from it.
  const claims = person.emailVerified ? { email: person.email, email_verified: true } : {};
  return response.json({ token: await mint(String(person.id), claims), expires_in: TEN_MINUTES });
});
