// Run `npm run build` once for all tests of the built files.
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the built files. */
    built: string;
  }
}

const root = fileURLToPath(new URL("..", import.meta.url));
const HOUR = 3_600_000;

export default async function setup({ provide }: TestProject) {
  for (const name of await readdir(root)) {
    if (!name.startsWith(".built-") || Date.now() - (await stat(root + name)).mtimeMs < HOUR) continue;
    await rm(root + name, { recursive: true, force: true }); // left over from an interrupted run
  }
  const folder = await mkdtemp(`${root}.built-`);
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  for (const mode of ["production", "bell"]) {
    await build({ mode, logLevel: "error", build: { outDir: folder, emptyOutDir: mode === "production" } });
  }
  process.env.NODE_ENV = before;
  provide("built", folder);
  return () => rm(folder, { recursive: true });
}
