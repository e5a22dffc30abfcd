// One connection to AWS AppSync Events: the protocol, and the ends of a connection.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Connection } from "../src/live/connection";
import { ADDRESS, FakeAppSync } from "./appsync";
import { seconds, settle } from "./tabs";

let service: FakeAppSync;
let told: string[];
beforeEach(() => {
  vi.useFakeTimers();
  service = new FakeAppSync();
  told = [];
});

const connect = () =>
  new Connection(service.open, ADDRESS, "token~?>", {
    ready: () => told.push("ready"),
    hint: (spread) => told.push(`hint ${spread}`),
    ended: (end) => told.push(end),
  });

it("names the token and the host in the handshake and in each subscription", async () => {
  connect();
  await settle();
  const [socket] = service.sockets;
  const authorization = { Authorization: "token~?>", host: "events.example.com" };
  expect(socket!.url).toBe("wss://realtime.example.com/event/realtime");
  expect(socket!.authorization).toEqual(authorization);
  expect(socket!.sent).toEqual([
    { type: "connection_init" },
    { type: "subscribe", id: "0", channel: "/hints/person/alice", authorization },
    { type: "subscribe", id: "1", channel: "/hints/all", authorization },
  ]);
  expect(told).toEqual(["ready"]);
});

it("is not ready before the last channel is subscribed", async () => {
  connect();
  const [socket] = service.sockets;
  socket!.onopen!.call(null as never, {} as never);
  socket!.tell({ type: "connection_ack" });
  socket!.tell({ type: "subscribe_success", id: "0" });
  socket!.tell({ type: "subscribe_success", id: "0" });
  expect(told).toEqual([]);
  socket!.tell({ type: "subscribe_success", id: "1" });
  expect(told).toEqual(["ready"]);
});

it("passes a hint with the spread of its channel, and nothing of its content", async () => {
  connect();
  await settle();
  service.hint();
  service.hint("/hints/all");
  const [socket] = service.sockets;
  socket!.tell({ type: "broadcast_error", id: "0", errors: [] });
  socket!.tell({ type: "unknown" });
  socket!.onmessage!.call(null as never, { data: "no JSON" } as never);
  socket!.onmessage!.call(null as never, { data: "null" } as never);
  expect(told).toEqual(["ready", "hint 0.3", "hint 60", "hint 0.3"]);
});

describe("it ends", () => {
  it("if the service does not answer", async () => {
    service.silent = true;
    connect();
    await seconds(14);
    expect(told).toEqual([]);
    await seconds(2);
    expect(told).toEqual(["lost"]);
  });

  it("without a keep-alive for as long as the service says", async () => {
    service.connectionTimeoutMs = 90_000;
    connect();
    await seconds(80);
    service.keepAlive();
    await seconds(80);
    service.hint(); // a hint is no keep-alive
    await seconds(9);
    expect(told).toEqual(["ready", "hint 0.3"]);
    await seconds(2);
    expect(told).toEqual(["ready", "hint 0.3", "lost"]);
    expect(service.connected).toEqual([]);
  });

  it("when it is checked after a sleep in which no timer ran", async () => {
    const connection = connect();
    await settle();
    connection.check();
    vi.setSystemTime(Date.now() + 301_000);
    expect(told).toEqual(["ready"]);
    connection.check();
    expect(told).toEqual(["ready", "lost"]);
  });

  it("if the socket is cut, and if the service reports an error", async () => {
    connect();
    await settle();
    service.sockets[0]!.cut();
    connect();
    await settle();
    service.sockets[1]!.tell({ type: "connection_error", errors: [] });
    service.sockets[1]!.tell({ type: "error", errors: [] }); // it has ended already
    connect();
    await settle();
    service.sockets[2]!.onerror!.call(null as never, {} as never);
    expect(told).toEqual(["ready", "lost", "ready", "lost", "ready", "lost"]);
    expect(service.connected).toEqual([]);
  });

  it("as refused if one channel is refused", async () => {
    service.refused.add("/hints/all");
    connect();
    await settle();
    expect(told).toEqual(["refused"]);
    expect(service.connected).toEqual([]);
  });

  it("in silence if it is closed", async () => {
    connect().close();
    await seconds(600);
    expect(told).toEqual([]);
    expect(service.connected).toEqual([]);
  });
});

it("throws what the browser throws", () => {
  const open = () => {
    throw new DOMException("insecure", "SecurityError");
  };
  const nothing = { ready() {}, hint() {}, ended() {} };
  expect(() => new Connection(open, ADDRESS, "token", nothing)).toThrow("insecure");
});
