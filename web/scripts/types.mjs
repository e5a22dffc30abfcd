// Writes the types of the part of the API that the bell uses, as its committed description tells them: `npm run types`.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import openapi, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../layers/carillon/carillon/api/openapi.json", import.meta.url);
export const TARGET = new URL("../src/api.gen.ts", import.meta.url);

const USED = {
  "/notifications": ["get", "patch"],
  "/notifications/{notification_id}": ["patch"],
  "/preferences": ["get", "put"],
};

/** The text of src/api.gen.ts. A route that is no longer described is an error. */
export async function render() {
  const { openapi: version, info, paths, components } = JSON.parse(await readFile(DOCUMENT, "utf8"));
  const used = {};
  for (const [path, methods] of Object.entries(USED)) {
    used[path] = {};
    for (const method of methods) {
      const route = paths[path]?.[method];
      if (!route) throw new Error(`The API no longer describes ${method.toUpperCase()} ${path}`);
      // Every error looks the same: ErrorBody, once.
      const answers = Object.entries(route.responses).filter(([status]) => status < "400" || status === "422");
      used[path][method] = { ...route, responses: Object.fromEntries(answers) };
    }
  }
  const schemas = reachable(used, components.schemas);
  const types = astToString(await openapi({ openapi: version, info, paths: used, components: { schemas } }));
  return `// Made by \`npm run types\` from the API's description. Do not edit.\n\n${types}`;
}

function reachable(from, schemas) {
  const found = {};
  const look = (node) => {
    for (const [, name] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found[name]) continue;
      found[name] = schemas[name];
      look(schemas[name]);
    }
  };
  look(from);
  return Object.fromEntries(Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(TARGET, await render());
  console.log(fileURLToPath(TARGET));
}
