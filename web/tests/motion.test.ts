// Who asks for less motion gets none.
import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const folder = new URL("../src/style/", import.meta.url);
const MOVES = /\b(?:animation|transition|scroll-behavior|view-transition)[\w-]*\s*:/g;

it("all that moves is in a query for people who allow it", async () => {
  let moving = 0;
  for (const name of await readdir(folder)) {
    const css = await readFile(new URL(name, folder), "utf8");
    const allowed = /@media \(prefers-reduced-motion: no-preference\) \{[^{}]*\}/g;
    moving += [...css.matchAll(allowed)].length;
    expect(css.replace(allowed, "").match(MOVES), name).toBeNull();
  }
  expect(moving).toBeGreaterThan(0);
});

it("no script scrolls smoothly or animates", async () => {
  const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
  expect(Object.keys(sources).length).toBeGreaterThan(30);
  for (const [name, text] of Object.entries(sources)) {
    expect(text, name).not.toMatch(/behavior: "smooth"|\.animate\(|startViewTransition/);
  }
});
