import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

describe("a click in the service worker", () => {
  type Click = (event: unknown) => void;
  const click = async (...answers: boolean[]) => {
    const listeners: Record<string, Click> = {};
    const done: string[] = [];
    const page = (answers: boolean, number: number) => ({
      postMessage: (_: unknown, [port]: MessagePort[]) => answers && port!.postMessage("followed"),
      focus: () => done.push(`page ${number}`),
    });
    const clients = { matchAll: async () => answers.map(page), openWindow: (url: string) => done.push(url) };
    const scope = { addEventListener: (type: string, listener: Click) => (listeners[type] = listener), clients };
    new Function("self", await readFile("public/carillon-sw.js", "utf-8"))(scope);
    await new Promise<void>((over) => {
      listeners.notificationclick!({
        notification: { data: { carillon: "1", url: "/billing" }, close() {} },
        waitUntil: (work: Promise<void>) => work.then(over),
      });
    });
    return done;
  };

  it("goes to the first page with a bell", async () => {
    expect(await click(false, true, true)).toEqual(["page 1"]);
  });

  it("opens a page if none has a bell", async () => {
    expect(await click(false)).toEqual(["/billing"]);
    expect(await click()).toEqual(["/billing"]);
  });
});
