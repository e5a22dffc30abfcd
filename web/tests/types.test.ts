import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { render, TARGET } from "../scripts/types.mjs";

it("the types are those of openapi.json", async () => {
  expect(await readFile(TARGET, "utf8"), "the API changed: run npm run types").toBe(await render());
});
