// How a connection for hints is kept: retries, the lease of a token, and the refusal of a channel.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Line } from "../src/live/line";
import { ADDRESS, FakeAppSync } from "./appsync";
import { tokenFor } from "./fake";
import { seconds } from "./tabs";

let service: FakeAppSync;
let told: string[];
let asked: boolean[];
/** The seconds that the next token lasts, or null. */
let lasts: number | null;
let tokens: number;
let line: Line;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  service = new FakeAppSync();
  told = [];
  asked = [];
  lasts = null;
  tokens = 0;
});

const open = () => {
  line = new Line({
    open: service.open,
    address: ADDRESS,
    token: async (fresh) => {
      asked.push(fresh);
      return tokenFor(`token ${++tokens}`, lasts === null ? undefined : Date.now() / 1000 + lasts);
    },
    hint: (spread) => told.push(`hint ${spread}`),
    listening: (on, lost) => told.push(`${on ? "on" : "off"}${lost ? ", lost" : ""}`),
  });
};

/** Let time pass in which the service sends keep-alives. Return in which of these seconds it was asked to connect. */
async function attempts(time: number): Promise<number[]> {
  const from = Date.now();
  for (let second = 0; second < time; second += 60) {
    await seconds(Math.min(60, time - second));
    service.keepAlive();
  }
  return service.sockets.map(({ openedAt }) => Math.floor((openedAt - from) / 1000));
}

describe("a failed connection", () => {
  it("is tried again, with longer and longer waits up to five minutes", async () => {
    service.works = false;
    open(); // the waits are half of 1 s, 2 s, 4 s …
    expect(await attempts(1200)).toEqual([0, 0, 1, 3, 7, 15, 31, 63, 127, 255, 405, 555, 705, 855, 1005, 1155]);
    expect(told).toEqual([]);
    service.works = true;
    await seconds(150);
    expect(told).toEqual(["on"]);
  });

  it("waits a random time, which may be none", async () => {
    vi.mocked(Math.random).mockReturnValue(0.99);
    service.works = false;
    open();
    expect(await attempts(20)).toEqual([0, 0, 2, 6, 14]);
  });

  it("is tried again if there was no token, or the policy of the page forbids it", async () => {
    const { open: opens } = service;
    service.open = () => {
      throw new DOMException("no", "SecurityError");
    };
    open();
    await seconds(1);
    expect(asked.length).toBeGreaterThan(1);
    service.open = opens;
    expect(told).toEqual([]);
  });

  it("of a service that cuts each connection is not tried faster and faster", async () => {
    open();
    for (let count = 0; count < 300; count++) {
      await seconds(1);
      service.connected[0]?.cut();
    }
    expect(service.sockets.length).toBeLessThan(12);
  });

  it("after a long life is tried again at once", async () => {
    service.works = false;
    open();
    await seconds(200);
    service.works = true;
    await attempts(300);
    expect(told).toEqual(["on"]);
    service.connected[0]!.cut();
    await seconds(1);
    expect(told).toEqual(["on", "off, lost", "on, lost"]);
  });

  it("is tried at once when the network is back", async () => {
    service.works = false;
    open();
    await seconds(200);
    service.works = true;
    line.again();
    await seconds(0);
    expect(told).toEqual(["on"]);
  });
});

describe("a token", () => {
  it("is replaced in its last minute", async () => {
    lasts = 600;
    open();
    expect(await attempts(1200)).toEqual([0, 565, 1130]); // 35 seconds before its end
    expect(service.connected).toHaveLength(1);
    expect(service.connected[0]!.authorization.Authorization).toBe(tokenFor("token 3", Date.now() / 1000 - 70 + 600));
    expect(asked).toEqual([false, false, false]);
    expect(told).toEqual(["on", "off", "on", "off", "on"]);
  });

  it("that the application gives again is replaced by another one", async () => {
    const ends = Date.now() / 1000 + 600;
    const token = vi.fn(async (fresh: boolean) => tokenFor(`${fresh}`, fresh ? ends + 600 : ends));
    new Line({ open: service.open, address: ADDRESS, token, hint() {}, listening() {} });
    await attempts(600);
    expect(token.mock.calls.flat()).toEqual([false, false, true]);
    expect(service.connected[0]!.authorization.Authorization).toBe(tokenFor("true", ends + 600));
  });

  it("that has already expired by this clock is no reason to hurry", async () => {
    lasts = -3600;
    open();
    expect(await attempts(1000)).toEqual([0, 900]);
  });

  it("that lasts a short time is used to its end", async () => {
    lasts = 30;
    open();
    expect(await attempts(100)).toEqual([0, 30, 60, 90]);
  });

  it("that lasts a month does not overflow a timer", async () => {
    lasts = 30 * 24 * 3600;
    open();
    expect(await attempts(7200)).toEqual([0]);
  });

  it("that says nothing of its end is used until the service ends the connection", async () => {
    open();
    expect(await attempts(7200)).toEqual([0]);
  });
});

it("a refused channel is tried again late, with another token", async () => {
  service.refused.add("/hints/person/alice");
  open();
  await seconds(590);
  expect(service.sockets).toHaveLength(1);
  service.refused.clear();
  await seconds(20);
  expect(asked).toEqual([false, true]);
  expect(told).toEqual(["on"]);
});

it("a closed line stays closed, also if a token comes later", async () => {
  let give = (_: string) => {};
  const token = () => new Promise<string>((resolve) => (give = resolve));
  const waiting = new Line({ open: service.open, address: ADDRESS, token, hint() {}, listening() {} });
  waiting.close();
  give("late");
  open();
  await seconds(1);
  line.close();
  await seconds(3600);
  expect(service.sockets).toHaveLength(1);
  expect(told).toEqual(["on", "off"]);
});
