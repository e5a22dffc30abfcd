import { auth } from "@/auth";

/** A token for the bell, if a person is signed in: the access token of your OpenID provider. */
export async function GET(): Promise<Response> {
  const headers = { "Cache-Control": "no-store" };
  const session = await auth();
  if (!session) return Response.json({ error: "not signed in" }, { status: 401, headers });
  const seconds = Math.floor((session.expiresAt - Date.now()) / 1000);
  return Response.json({ token: session.accessToken, expires_in: seconds }, { headers });
}
