/** The payment provider of the application, `@/lib/payments`. */
export async function verifiedEvent(request: Request) {
  const event = { id: "", type: "", customer: "", invoice: "" };
  return request.headers.get("signature") === "right" ? Object.assign(event, await request.json()) : null;
}
