/** The sign-in of the application, `@/auth`. */
interface Session {
  user: { id: string; name: string };
  accessToken: string;
  expiresAt: number; // milliseconds since 1970
}

let session: Session | null = null;

export function signIn(id: string, accessToken: string): void {
  session = { user: { id, name: "Ann" }, accessToken, expiresAt: Date.now() + 600_000 };
}

export async function auth(): Promise<Session | null> {
  return session;
}
