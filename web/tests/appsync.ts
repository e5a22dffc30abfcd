// AWS AppSync Events in memory: its side of the WebSocket protocol.
import type { LiveAddress } from "../src/client";
import type { OpenSocket, Socket } from "../src/live/connection";

export const ADDRESS: LiveAddress = {
  url: "wss://realtime.example.com/event/realtime",
  host: "events.example.com",
  channels: [
    { name: "/hints/person/alice", spread_seconds: 0.3 },
    { name: "/hints/all", spread_seconds: 60 },
  ],
};

export class FakeSocket implements Socket {
  onopen: WebSocket["onopen"] = null;
  onmessage: WebSocket["onmessage"] = null;
  onerror: WebSocket["onerror"] = null;
  onclose: WebSocket["onclose"] = null;
  closed = false;
  readonly openedAt = Date.now();
  /** False if the service no longer reaches the client, and neither side knows. */
  reachable = true;
  readonly sent: Record<string, unknown>[] = [];
  /** The id of each subscription, by its channel. */
  readonly subscriptions = new Map<string, string>();
  readonly authorization: { Authorization: string; host: string };
  readonly url: string;
  private readonly service: FakeAppSync;

  constructor(service: FakeAppSync, url: string, protocols: string[]) {
    this.service = service;
    this.url = url;
    if (protocols[0] !== "aws-appsync-event-ws" || !/^header-[\w-]+$/.test(protocols[1]!)) throw new Error("protocols");
    const header = protocols[1]!.slice("header-".length).replaceAll("-", "+").replaceAll("_", "/");
    this.authorization = JSON.parse(atob(header));
  }

  send(text: string) {
    if (this.closed) throw new Error("It is closed.");
    const message = JSON.parse(text);
    this.sent.push(message);
    if (this.reachable) this.service.receive(this, message);
  }

  close() {
    this.closed = true;
  }

  /** Let the client receive a message. */
  tell(message: object) {
    if (!this.closed && this.reachable) this.onmessage?.call(null as never, { data: JSON.stringify(message) } as never);
  }

  /** Cut the connection. */
  cut() {
    if (this.closed) return;
    this.closed = true;
    this.onclose?.call(null as never, {} as never);
  }
}

export class FakeAppSync {
  readonly sockets: FakeSocket[] = [];
  /** False if the service does not answer. */
  works = true;
  /** Channels that the service refuses. */
  readonly refused = new Set<string>();
  /** The longest silence that it allows, in milliseconds. It sends a keep-alive every minute. */
  connectionTimeoutMs = 300_000;
  /** True if the service leaves handshakes without an answer. */
  silent = false;
  /** Tells whether a token is accepted. */
  accepts: (token: string) => boolean = () => true;

  open: OpenSocket = (url, protocols) => {
    const socket = new FakeSocket(this, url, protocols);
    this.sockets.push(socket);
    queueMicrotask(() => {
      if (!this.works || !this.accepts(socket.authorization.Authorization)) socket.cut();
      else if (!socket.closed) socket.onopen?.call(null as never, {} as never);
    });
    return socket;
  };

  get connected(): FakeSocket[] {
    return this.sockets.filter(({ closed }) => !closed);
  }

  receive(socket: FakeSocket, { type, id, channel, authorization }: Record<string, unknown>) {
    const answer = () => {
      if (type === "connection_init") {
        return { type: "connection_ack", connectionTimeoutMs: this.connectionTimeoutMs };
      }
      if (type !== "subscribe") throw new Error(`The service knows no ${type}.`);
      if (JSON.stringify(authorization) !== JSON.stringify(socket.authorization)) throw new Error("authorization");
      if (this.refused.has(String(channel))) {
        return { type: "subscribe_error", id, errors: [{ errorType: "UnauthorizedException", message: "Denied" }] };
      }
      socket.subscriptions.set(String(channel), String(id));
      return { type: "subscribe_success", id };
    };
    if (this.works && !this.silent) queueMicrotask(() => socket.tell(answer()));
  }

  /** Send a hint to all who listen on a channel. Return how many that are. */
  hint(channel = "/hints/person/alice"): number {
    const listeners = this.connected.filter(({ subscriptions }) => subscriptions.has(channel));
    for (const socket of listeners) {
      socket.tell({ type: "data", id: socket.subscriptions.get(channel), event: ["{}"] });
    }
    return listeners.length;
  }

  keepAlive() {
    for (const socket of this.connected) socket.tell({ type: "ka" });
  }
}
