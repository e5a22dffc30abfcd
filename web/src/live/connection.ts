// One WebSocket of AWS AppSync Events, from the handshake to the end. It never retries: line.ts does.
// https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html
import type { LiveAddress } from "../client";

/** The part of a WebSocket that the connection uses. */
export type Socket = Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onerror" | "onclose">;
export type OpenSocket = (url: string, protocols: string[]) => Socket;

/** Why a connection ended: its socket was lost or never worked, or the service refused a channel. */
export type End = "lost" | "refused";

export interface Handlers {
  /** All channels are subscribed: every hint from now on is heard. */
  ready(): void;
  hint(spreadSeconds: number): void;
  /** Called once, and not after `close`. */
  ended(end: End): void;
}

const START = 15_000; // milliseconds until all channels are subscribed
const SILENCE = 300_000; // milliseconds without a keep-alive, if the service names no limit

export class Connection {
  private socket: Socket | null;
  private readonly waiting: Set<string>;
  private readonly spreads: Map<string, number>;
  private silence = SILENCE;
  private heard = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly address: LiveAddress;
  private readonly authorization: object;
  private readonly handlers: Handlers;

  /** Throw what the browser throws if it refuses the address. */
  constructor(open: OpenSocket, address: LiveAddress, token: string, handlers: Handlers) {
    this.address = address;
    this.authorization = { Authorization: token, host: address.host };
    this.handlers = handlers;
    this.spreads = new Map(address.channels.map(({ spread_seconds }, index) => [String(index), spread_seconds]));
    this.waiting = new Set(this.spreads.keys());
    const socket = open(address.url, ["aws-appsync-event-ws", `header-${base64url(this.authorization)}`]);
    this.socket = socket;
    socket.onopen = () => this.send({ type: "connection_init" });
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onerror = socket.onclose = () => this.end("lost");
    this.alive();
  }

  /** End a connection that has been silent for too long: timers rest while a computer sleeps. */
  check() {
    if (Date.now() - this.heard >= this.limit) this.end("lost");
  }

  close() {
    const { socket } = this;
    this.socket = null;
    clearTimeout(this.timer);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  }

  private receive(text: unknown) {
    const { type, id, connectionTimeoutMs } = parsed(text);
    if (type === "connection_ack") {
      this.silence = connectionTimeoutMs || SILENCE;
      this.address.channels.forEach(({ name: channel }, index) => {
        this.send({ type: "subscribe", id: String(index), channel, authorization: this.authorization });
      });
    } else if (type === "ka") {
      if (!this.waiting.size) this.alive();
    } else if (type === "subscribe_success") {
      if (!this.waiting.delete(id) || this.waiting.size) return;
      this.alive();
      this.handlers.ready();
    } else if (type === "subscribe_error") this.end("refused");
    // What the service could not deliver is a hint, too.
    else if (type === "data" || type === "broadcast_error") this.handlers.hint(this.spreads.get(id) ?? 0);
    else if (type === "connection_error" || type === "error") this.end("lost");
  }

  private alive() {
    this.heard = Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end("lost"), this.limit);
  }

  private get limit(): number {
    return this.waiting.size ? START : this.silence;
  }

  private end(end: End) {
    if (!this.socket) return;
    this.close();
    this.handlers.ended(end);
  }

  private send(message: object) {
    this.socket?.send(JSON.stringify(message));
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the messages of another service
function parsed(text: unknown): any {
  try {
    return JSON.parse(String(text)) ?? {};
  } catch {
    return {};
  }
}

function base64url(value: object): string {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
