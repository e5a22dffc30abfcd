// The client makes the requests that openapi.json describes, and no request is without a method.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { render, TARGET } from "../scripts/types.mjs";
import type { Client } from "../src/index.js";
import { VERSION } from "../src/version.js";
import { fake } from "./api.js";

interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: { "application/json": { schema: { $ref: string } } } };
}

const DOCUMENT = JSON.parse(
  await readFile(new URL("../../../layers/carillon/carillon/api/openapi.json", import.meta.url), "utf8"),
);
const OPERATIONS = new Map<string, Operation>();
for (const [path, methods] of Object.entries<Record<string, Operation>>(DOCUMENT.paths))
  for (const [method, operation] of Object.entries(methods))
    if (method !== "head") OPERATIONS.set(`${method.toUpperCase()} ${path}`, operation);

const PERSON = "a/b c";
const ID = "018f0000-0000-7000-8000-000000000000";
const CONTENT = {
  event_name: "a.b",
  title: "T",
  body: "B",
  summary: "S",
  severity: "warning",
  target_url: "/x",
  data: { n: 1 },
  resource_id: "r",
  idempotency_key: "k",
  idempotency_mode: "first",
  batch_key: "b",
  send_at: "2030-01-01T00:00:00Z",
  expires_at: "2030-01-02T00:00:00Z",
} as const;
const CONTACT = { email: "a@example.com", locale: "fr", timezone: "Europe/Paris" };
const QUERY = { unread: true, archived: true, event: "a", limit: 9, cursor: "c" };
// A call of each operation with all of its parameters.
const CALLS: Record<string, (client: Client) => Promise<unknown>> = {
  "GET /notifications": (client) => client.notifications.list(QUERY),
  "POST /notifications": (client) => client.notifications.create({ ...CONTENT, user_id: PERSON }),
  "PATCH /notifications": (client) => client.notifications.markAll({ before: "2030-01-01T00:00:00Z" }),
  "DELETE /notifications": (client) => client.notifications.retractByKey(PERSON, "k&1"),
  "PATCH /notifications/{notification_id}": (client) => client.notifications.mark(ID, { read: true, archived: true }),
  "DELETE /notifications/{notification_id}": (client) => client.notifications.retract(ID),
  "GET /notifications/{notification_id}/deliveries": (client) => client.notifications.deliveries(ID),
  "GET /notifications/unread-count": (client) => client.notifications.unreadCount(),
  "GET /preferences": (client) => client.preferences.get(),
  "PUT /preferences": (client) => client.preferences.set({ email_enabled: true }),
  "GET /devices": (client) => client.devices.list(),
  "POST /devices": (client) => client.devices.register({ platform: "fcm", token: "x" }),
  "DELETE /devices/{device_id}": (client) => client.devices.remove(ID),
  "GET /recipients/{user_id}": (client) => client.recipients.get(PERSON),
  "PUT /recipients/{user_id}": (client) => client.recipients.set(PERSON, CONTACT),
  "DELETE /recipients/{user_id}": (client) => client.recipients.erase(PERSON),
  "GET /exports/{user_id}": (client) => client.recipients.export(PERSON, ID),
  "GET /recipients/{user_id}/preferences": (client) => client.recipients.preferences.get(PERSON),
  "PUT /recipients/{user_id}/preferences": (client) => client.recipients.preferences.set(PERSON, { rules: {} }),
  "GET /health": (client) => client.health(),
};
const EXCEPTIONS = new Map([
  ["GET /unsubscribe/{token}", "a page for browsers"],
  ["POST /unsubscribe/{token}", "the form of that page, and the button of mail clients"],
  ["GET /openapi.json", "a document for tools, not for the work of an application"],
]);

/** Return the fields that the schema of a body has. */
function fieldsOf(operation: Operation): string[] {
  const name = operation.requestBody!.content["application/json"].schema.$ref.split("/").at(-1)!;
  return Object.keys(DOCUMENT.components.schemas[name].properties);
}

describe("calls", () => {
  it("has a method or a reason for each operation", () => {
    expect([...Object.keys(CALLS), ...EXCEPTIONS.keys()].sort()).toEqual([...OPERATIONS.keys()].sort());
  });

  it.each(Object.keys(CALLS))("sends what is described: %s", async (name) => {
    const operation = OPERATIONS.get(name)!;
    const { client, requests } = fake(({ method }) => ({ status: method === "DELETE" ? 204 : 200 }));
    await CALLS[name]!(client).catch(() => {}); // the answer to a DELETE has no body here
    const { method, url, body } = requests[0]!;
    const [expected, path] = name.split(" ");
    expect(method).toBe(expected);
    const named = path!.replace("{user_id}", "a%2Fb%20c").replace(/\{(notification|device)_id\}/, ID);
    expect(url.pathname).toBe(named);
    const query = (operation.parameters ?? []).filter((each) => each.in === "query");
    const sent = [...url.searchParams.keys()];
    expect(query.map((each) => each.name)).toEqual(expect.arrayContaining(sent));
    expect(sent).toEqual(expect.arrayContaining(query.filter((each) => each.required).map((each) => each.name)));
    expect(body !== null).toBe(operation.requestBody !== undefined);
    if (body) expect(fieldsOf(operation)).toEqual(expect.arrayContaining(Object.keys(body)));
  });

  it("can send all fields of a create, of contact data and of a list", () => {
    const create = fieldsOf(OPERATIONS.get("POST /notifications")!);
    const fields = [...Object.keys(CONTENT), "template", "variables"]; // a template is instead of the texts
    expect(create.filter((name) => !name.startsWith("user_id")).sort()).toEqual(fields.sort());
    expect(fieldsOf(OPERATIONS.get("PUT /recipients/{user_id}")!).sort()).toEqual(Object.keys(CONTACT).sort());
    const list = OPERATIONS.get("GET /notifications")!.parameters!.filter((each) => each.in === "query");
    expect(list.map((each) => each.name).sort()).toEqual(Object.keys(QUERY).sort());
  });

  it("has the types and the version of the API", async () => {
    expect(await readFile(TARGET, "utf8")).toBe(await render());
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect([VERSION, version]).toEqual([DOCUMENT.info.version, DOCUMENT.info.version]);
  });

  it.each(["", ".", "..", "a/../b", "a?b", "a#b", "a/preferences"])(
    "refuses a person that a path cannot name: %s",
    async (id) => {
      const { client, requests } = fake();
      await expect(client.recipients.erase(id)).rejects.toThrow("cannot name");
      expect(requests).toEqual([]);
    },
  );

  it("polls with an ETag", async () => {
    const { client, requests } = fake(({ headers }) => ({
      status: headers.get("If-None-Match") ? 304 : 200,
      body: { unread_count: 1 },
      headers: { ETag: '"x"', "Carillon-Poll-Interval": "45" },
    }));
    const first = await client.notifications.unreadCount();
    expect(first).toEqual({ body: { unread_count: 1 }, etag: '"x"', pollSeconds: 45 });
    expect((await client.notifications.unreadCount({ etag: first.etag })).body).toBeNull();
    expect(requests).toHaveLength(2);
  });

  it.each(["http://api.example.com", "ftp://localhost"])("sends no token in the clear: %s", (baseUrl) => {
    expect(() => fake(undefined, { baseUrl })).toThrow("https");
  });
});
