// Retries, keys, errors, tokens and splits: the same rules as those of the Python client.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ApiError,
  type CarillonError,
  InvalidRequest,
  KeyReused,
  NotFound,
  RateLimited,
  TokenError,
  TransportError,
  Unauthorized,
  Unavailable,
} from "../src/index.js";
import { fake, type Reply } from "./api.js";

const CREATE = { user_id: "alice", event_name: "a.b", title: "T" } as const;
const CREATED: Reply = { status: 201, body: { notification: { id: "1" } } };
const CREDENTIALS = { tokenUrl: "https://id.example.com/token", clientId: "bill:ing", clientSecret: "not a secret" };

let waits: number[];

beforeEach(() => {
  waits = [];
  vi.spyOn(Math, "random").mockReturnValue(1);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, milliseconds = 0) => {
    waits.push(milliseconds / 1000);
    const timer = real(run, milliseconds);
    queueMicrotask(() => vi.advanceTimersByTime(milliseconds));
    return timer;
  }) as typeof setTimeout);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it.each([429, 502, 503, 504, 0])("repeats %s with the same key", async (status) => {
  const failure = status ? { status, body: { message: "later" } } : new TypeError("fetch failed");
  const { client, requests } = fake((_, count) => (count < 4 ? failure : CREATED));
  expect((await client.notifications.create(CREATE)).replayed).toBe(false);
  expect(new Set(requests.map((each) => (each.body as { idempotency_key: string }).idempotency_key)).size).toBe(1);
  expect(waits).toEqual([0.5, 1, 2]);
});

it("makes a key for each call, but not beside a key or a resource", async () => {
  const { client, requests } = fake(() => CREATED);
  for (const more of [{}, {}, { resource_id: "r" }, { idempotency_key: "mine" }])
    await client.notifications.create({ ...CREATE, ...more });
  const [one, two, three, four] = requests.map((each) => (each.body as { idempotency_key?: string }).idempotency_key);
  expect(one).not.toBe(two);
  expect([three, four]).toEqual([undefined, "mine"]);
});

it.each([
  [400, "invalid_json", InvalidRequest],
  [404, "not_found", NotFound],
  [422, "idempotency_key_reused", KeyReused],
  [418, "teapot", ApiError],
] as const)("does not repeat %s %s", async (status, code, kind) => {
  const body = { error: { code, message: "no", notification_id: "7", details: [{ field: "a", message: "b" }] } };
  const { client, requests } = fake(() => ({ status, body }));
  const error = (await client.notifications.create(CREATE).catch((thrown) => thrown)) as ApiError;
  expect(error.constructor).toBe(kind);
  expect(error).toMatchObject({ status, code, reason: "no", notificationId: "7", details: body.error.details });
  expect(requests).toHaveLength(1);
});

it("gives up, and says which key it used", async () => {
  const { client, requests } = fake(() => ({ status: 503 }), { retry: { attempts: 3 } });
  const error = (await client.notifications.create(CREATE).catch((thrown) => thrown)) as CarillonError;
  expect(error).toBeInstanceOf(Unavailable);
  expect(requests).toHaveLength(3);
  expect(error.idempotencyKey).toBe((requests[0]!.body as { idempotency_key: string }).idempotency_key);
});

it("waits for Retry-After, and begins no attempt after the deadline", async () => {
  const { client } = fake(() => ({ status: 429, headers: { "Retry-After": "20" } }), {
    retry: { attempts: 9, within: 45 },
  });
  const error = await client.notifications.create(CREATE).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RateLimited);
  expect(error.retryAfter).toBe(20);
  expect(waits).toEqual([20.5, 21]);
});

it.each(["", "soon", "-3", "1e9"])("ignores an odd Retry-After: %s", async (value) => {
  const { client } = fake((_, count) => (count === 1 ? { status: 503, headers: { "Retry-After": value } } : {}));
  await client.health();
  expect(waits).toEqual([0.5]);
});

it("has a class for no answer, and for the answer of another server", async () => {
  const lost = fake(() => new TypeError("fetch failed"), { retry: { attempts: 1 } });
  await expect(lost.client.notifications.create(CREATE)).rejects.toBeInstanceOf(TransportError);
  const other = fake(() => ({ text: "<html>" }));
  await expect(other.client.notifications.create(CREATE)).rejects.toMatchObject({ code: "no_json" });
});

it("ends a call by its signal, also while it waits", async () => {
  const controller = new AbortController();
  const { client, requests } = fake(() => {
    controller.abort(new Error("stopped"));
    return { status: 503 };
  });
  await expect(client.notifications.create(CREATE, { signal: controller.signal })).rejects.toThrow("stopped");
  expect(requests).toHaveLength(1);
});

it("splits many recipients with one key and adds up the answers", async () => {
  const { client, requests } = fake(({ body }) => {
    const { user_ids } = body as { user_ids: string[] };
    const notifications = user_ids.map((user_id) => ({ user_id, id: "1", replayed: false, conflict: false }));
    return { status: 201, body: { notifications, created: user_ids.length, replayed: 0, conflicts: 0 } };
  });
  const people = Array.from({ length: 2345 }, (_, number) => `user-${number}`);
  const total = await client.notifications.createMany([...people, "user-0"], { event_name: "a.b", title: "T" });
  expect(requests.map(({ body }) => (body as { user_ids: string[] }).user_ids.length)).toEqual([1000, 1000, 345]);
  expect(new Set(requests.map(({ body }) => (body as { idempotency_key: string }).idempotency_key)).size).toBe(1);
  expect([total.created, total.notifications.length]).toEqual([2345, 2345]);

  requests.length = 0;
  const long = Array.from({ length: 1500 }, (_, number) => `${1000 + number}${"é".repeat(250)}`);
  await client.notifications.createMany(long, { event_name: "a.b", title: "T", body: "x".repeat(4000) });
  const sizes = requests.map(({ body }) => new TextEncoder().encode(JSON.stringify(body)).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
  expect(sizes[0]).toBeGreaterThan(255 * 1024);
});

it("keeps the texts of a dry run for many recipients", async () => {
  const texts = { en: { title: "One", summary: null, body: null } };
  const counts = { created: 1, replayed: 0, conflicts: 0 };
  const { client } = fake(() => ({ status: 200, body: { dry_run: true, notifications: [], ...counts, texts } }));
  const people = Array.from({ length: 1001 }, (_, number) => `user-${number}`);
  const planned = await client.notifications.dryRunMany(people, { event_name: "a.b", title: { en: "One" } });
  expect(planned).toEqual({ dry_run: true, notifications: [], ...counts, created: 2, texts });
});

it("takes no text for many recipients", async () => {
  const { client } = fake();
  await expect(client.notifications.createMany("alice", { event_name: "a.b", title: "T" })).rejects.toThrow("list");
});

/** Return a client whose token endpoint counts, and whose API refuses some tokens. */
function withProvider(refuse: (token: string) => boolean = () => false, life: unknown = 3600) {
  let issued = 0;
  const seen: string[] = [];
  const { client, requests } = fake(
    ({ url, headers }) => {
      if (url.href === CREDENTIALS.tokenUrl) return { body: { access_token: `token-${++issued}`, expires_in: life } };
      const token = headers.get("Authorization")!.slice("Bearer ".length);
      seen.push(token);
      return refuse(token) ? { status: 401, body: { message: "Unauthorized" } } : { body: { user_id: "alice" } };
    },
    { token: CREDENTIALS },
  );
  return { client, requests, seen };
}

it("requests a token once for concurrent calls, also after a refusal", async () => {
  const { client, requests, seen } = withProvider((token) => token === "token-1");
  await Promise.all(Array.from({ length: 20 }, () => client.recipients.get("alice")));
  expect(seen.toSorted()).toEqual([...Array(20).fill("token-1"), ...Array(20).fill("token-2")]);
  const asked = requests.filter((each) => each.url.href === CREDENTIALS.tokenUrl);
  expect(asked).toHaveLength(2);
  expect(asked[0]!.body).toBe("grant_type=client_credentials&scope=carillon%2Fsend");
  expect(atob(asked[0]!.headers.get("Authorization")!.slice("Basic ".length))).toBe("bill%3Aing:not+a+secret");
});

it("renews a token shortly before it ends", async () => {
  const { client, seen } = withProvider();
  for (const seconds of [0, 3539, 2]) {
    vi.advanceTimersByTime(seconds * 1000);
    await client.recipients.get("alice");
  }
  expect(seen).toEqual(["token-1", "token-1", "token-2"]);
});

it("renews a refused token once", async () => {
  const { client, seen } = withProvider(() => true);
  await expect(client.recipients.get("alice")).rejects.toBeInstanceOf(Unauthorized);
  expect(seen).toEqual(["token-1", "token-2"]);
});

it("asks the application for a fresh token after a refusal", async () => {
  const asked: boolean[] = [];
  const token = ({ fresh }: { fresh: boolean }) => {
    asked.push(fresh);
    return fresh ? "new" : "old";
  };
  const { client } = fake(({ headers }) => (headers.get("Authorization") === "Bearer old" ? { status: 401 } : {}), {
    token,
  });
  await client.preferences.get().catch(() => {});
  expect(asked).toEqual([false, true]);
});

it("has an error for a refusal of the token endpoint, without the secret", async () => {
  const { client } = fake(() => ({ status: 401, body: { error: "invalid_client" } }), { token: CREDENTIALS });
  const error = (await client.recipients.get("alice").catch((thrown) => thrown)) as TokenError;
  expect(error).toBeInstanceOf(TokenError);
  expect(error).toMatchObject({ status: 401, code: "invalid_client" });
  expect(JSON.stringify(error) + error.message).not.toContain("not a secret");
});
