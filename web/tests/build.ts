// Builds what is shipped, once for all tests that look at it.
import { mkdtemp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of what `npm run build` makes. */
    built: string;
  }
}

export default async function setup({ provide }: TestProject) {
  const folder = await mkdtemp(fileURLToPath(new URL("../.built-", import.meta.url)));
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  for (const mode of ["production", "bell"]) {
    await build({ mode, logLevel: "error", build: { outDir: folder, emptyOutDir: mode === "production" } });
  }
  process.env.NODE_ENV = before;
  provide("built", folder);
  return () => rm(folder, { recursive: true });
}
