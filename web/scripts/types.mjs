// `npm run types`: write the types of the part of the API that the bell uses, from the committed openapi.json.
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

/** Return the text of src/api.gen.ts. Throw an error if openapi.json lacks a route. */
export async function render() {
  const { openapi: version, info, paths, components } = JSON.parse(await readFile(DOCUMENT, "utf8"));
  const used = {};
  for (const [path, methods] of Object.entries(USED)) {
    used[path] = {};
    for (const method of methods) {
      const route = paths[path]?.[method];
      if (!route) throw new Error(`The API no longer describes ${method.toUpperCase()} ${path}`);
      // All errors have the same body, ErrorBody: keep one.
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
  const visit = (node) => {
    for (const [, name] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found[name]) continue;
      found[name] = schemas[name];
      visit(schemas[name]);
    }
  };
  visit(from);
  return Object.fromEntries(Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(TARGET, await render());
  console.log(fileURLToPath(TARGET));
}
