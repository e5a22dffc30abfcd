// The files that `npm run build` makes.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, inject, it } from "vitest";

const KB = 1000;
const folder = inject("built");
const file = (name: string) => readFile(join(folder, name), "utf8");
const gzipped = async (...names: string[]) => {
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await file(name), { level: 9 }).length));
  return sizes.reduce((sum, size) => sum + size);
};

const languages = Object.keys(import.meta.glob(["../src/texts/??.ts", "!../src/texts/en.ts"]));
const chunks = languages.map((path) => path.replace(/.*\/(..)\.ts$/, "$1.js"));

it("makes exactly these files", async () => {
  expect(chunks).toContain("fr.js");
  expect((await readdir(folder)).sort()).toEqual(
    ["Settings.js", "bell.js", "carillon-live.js", "carillon-sw.js", ...chunks, "index.js", "style.css"].sort(),
  );
});

it("the library is at most 16 kB gzipped, without React and without the chunks that load later", async () => {
  expect(await gzipped("index.js")).toBeLessThanOrEqual(16 * KB);
  for (const chunk of chunks) expect(await gzipped("Settings.js", chunk, "style.css")).toBeLessThanOrEqual(10.5 * KB);
});

it("bell.js is at most 30 kB gzipped, and loads hints and a language alone, from the files beside it", async () => {
  expect(await gzipped("bell.js")).toBeLessThanOrEqual(30 * KB);
  const loaded = [...(await file("bell.js")).matchAll(/\bimport\b[\s({"'].*?\.js/g)].map(([text]) => text);
  expect([...new Set(loaded)].sort()).toEqual(
    [...chunks, "carillon-live.js"].map((name) => `import("./${name}`).sort(),
  );
  for (const chunk of chunks) {
    expect(await gzipped(chunk)).toBeLessThanOrEqual(3 * KB);
    expect(await file(chunk)).not.toMatch(/\bimport\b[\s({"']/);
  }
});

it("the client of hints is the same file for both, loads nothing else, and has at most 2 kB gzipped", async () => {
  expect(await gzipped("carillon-live.js")).toBeLessThanOrEqual(2 * KB);
  expect(await file("index.js")).toContain('import("./carillon-live.js")');
  expect((await file("carillon-live.js")).match(/\bimport\b|\brequire\b|"use client"|\bfrom"/g)).toBeNull();
});

it("the library declares that it is for the browser, and contains no React", async () => {
  for (const name of ["index.js", "Settings.js"]) {
    const code = await file(name);
    expect(code.startsWith('"use client";')).toBe(true);
    const imported = [...code.matchAll(/[}\s]from"([^"]+)"/g)].map(([, from]) => from!);
    for (const from of imported) expect(["react", "react/jsx-runtime", "./index.js"]).toContain(from);
  }
});

it("the files load nothing from other origins", async () => {
  for (const name of await readdir(folder)) {
    const addresses = (await file(name)).match(/https?:\/\/[^\s"'`)]+/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/"))).toEqual([]);
  }
});

it("the lock file names no registry address", async () => {
  const lock = await readFile(new URL("../package-lock.json", import.meta.url), "utf8");
  expect(lock).not.toContain('"resolved"');
  expect(lock.match(/"integrity": "sha512-/g)!.length).toBeGreaterThan(50);
});
