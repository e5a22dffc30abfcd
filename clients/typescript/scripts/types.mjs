// `npm run types`: write the types of the API's bodies and answers, from the committed openapi.json.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapi, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../../layers/carillon/carillon/api/openapi.json", import.meta.url);
export const TARGET = new URL("../src/api.gen.ts", import.meta.url);

/** Return the text of src/api.gen.ts. */
export async function render() {
  const { openapi: version, info, components } = JSON.parse(await readFile(DOCUMENT, "utf8"));
  const document = { openapi: version, info, paths: {}, components: { schemas: components.schemas } };
  return `// Made by \`npm run types\` from the API's description. Do not edit.\n\n${astToString(await openapi(document))}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await writeFile(TARGET, await render());
