import { type GetToken, Problem } from "./client";
import { unanswered } from "./unanswered";

const MARGIN = 60; // seconds before the token expires

/**
 * Get tokens from an address of your own application. It answers a signed-in person with status 200 and
 * `{"token": "…", "expires_in": 3600}` (seconds), and other requests with 401. A token is used until one minute before
 * it expires, or until the person signs out.
 */
export function tokenFrom(url: string): GetToken {
  let kept: { token: string; until: number } | null = null;
  let request: Promise<string | null> | null = null;
  let sessions = 0; // an answer from before a sign-out is not kept

  async function load(): Promise<string | null> {
    kept = null;
    const mine = sessions;
    let answer: Response;
    try {
      answer = await fetch(url, {
        credentials: "same-origin",
        cache: "no-store",
        headers: { Accept: "application/json" },
      });
    } catch (error) {
      throw new Problem(0, await unanswered(error, url), String(error));
    }
    if (answer.status === 401 || answer.status === 403) return null;
    const { token, expires_in = MARGIN } = answer.ok ? await answer.json().catch(() => ({})) : {};
    if (!token) throw new Problem(answer.status, "no_token", `${url} answered no token`);
    const until = Date.now() + Math.max(expires_in - MARGIN, expires_in / 2) * 1000;
    if (mine === sessions) kept = { token, until };
    return token;
  }

  const getToken: GetToken = ({ fresh }) => {
    if (!fresh && kept && Date.now() < kept.until) return kept.token;
    if (!request) {
      const mine = load().finally(() => {
        if (request === mine) request = null;
      });
      request = mine;
    }
    return request;
  };
  getToken.forget = () => {
    kept = request = null;
    sessions++;
  };
  return getToken;
}
