import { type GetToken, Problem } from "./client";

const MARGIN = 60; // seconds before it expires

/**
 * Takes tokens from an address of your own application, which answers `{"token": "…", "expires_in": 3600}` (seconds) to
 * whoever is signed in there, and 401 to nobody. A token is kept until a minute before it expires.
 */
export function tokenFrom(url: string): GetToken {
  let held: { token: string; until: number } | null = null;
  let asking: Promise<string | null> | null = null;

  async function ask(): Promise<string | null> {
    held = null;
    let answer: Response;
    try {
      answer = await fetch(url, {
        credentials: "same-origin",
        cache: "no-store",
        headers: { Accept: "application/json" },
      });
    } catch (error) {
      throw new Problem(0, "no_answer", String(error));
    }
    if (answer.status === 401 || answer.status === 403) return null;
    const { token, expires_in = MARGIN } = answer.ok ? await answer.json().catch(() => ({})) : {};
    if (!token) throw new Problem(answer.status, "no_token", `${url} answered no token`);
    held = {
      token,
      until: Date.now() + Math.max(expires_in - MARGIN, expires_in / 2) * 1000,
    };
    return token;
  }

  return ({ fresh }) => {
    if (!fresh && held && Date.now() < held.until) return held.token;
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}
