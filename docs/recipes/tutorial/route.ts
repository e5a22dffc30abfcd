import { auth } from "@/auth";

const SENT = ["content-type", "if-none-match"];
const RETURNED = ["cache-control", "carillon-poll-interval", "content-type", "etag", "retry-after"];

/** Passes a request of the page on to Carillon, with the token of the person who is signed in. */
async function forward(request: Request): Promise<Response> {
  const session = await auth();
  if (!session) return Response.json({ message: "not signed in" }, { status: 401 });
  const headers = only(SENT, request.headers);
  headers.set("Authorization", `Bearer ${session.accessToken}`);
  const answer = await fetch(`${process.env.CARILLON_API}/notifications${new URL(request.url).search}`, {
    method: request.method,
    headers,
    body: request.method === "GET" ? null : await request.text(),
    cache: "no-store",
  });
  return new Response(answer.body, { status: answer.status, headers: only(RETURNED, answer.headers) });
}

function only(names: string[], headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => names.includes(name)));
}

export { forward as GET, forward as PATCH };
