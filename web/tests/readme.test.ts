// The statements of the README are true.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import ts from "typescript";
import { describe, expect, inject, it } from "vitest";
import { PATHS } from "../src/severities.gen";
import { NotificationStore } from "../src/store/store";
import { Browser, FakeTab } from "./tabs";

const root = new URL("..", import.meta.url);
const read = (path: string) => readFile(new URL(path, root), "utf8");
const readme = await read("README.md");
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, text]) => text!);

it("its examples for React compile", () => {
  const snippets = new Map(
    blocks("tsx").map((text, index) => [fileURLToPath(new URL(`snippet${index}.tsx`, root)), text]),
  );
  expect(snippets.size).toBe(4);
  const { config } = ts.readConfigFile(fileURLToPath(new URL("tsconfig.json", root)), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, fileURLToPath(root));
  options.paths = {
    "carillon-web": [fileURLToPath(new URL("src/index.ts", root))],
    "carillon-web/style.css": [fileURLToPath(new URL("src/style/index.css", root))],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: readSource } = host;
  host.fileExists = (name) => snippets.has(name) || fileExists(name);
  host.readFile = (name) => snippets.get(name) ?? readSource(name);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) =>
    snippets.has(name)
      ? ts.createSourceFile(name, snippets.get(name)!, version, true)
      : getSourceFile(name, version, ...rest);
  const program = ts.createProgram([...snippets.keys()], options, host);
  const found = [...snippets.keys()].flatMap((name) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name)));
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});

it("its example of events works", async () => {
  const [script] = blocks("js");
  const target = new EventTarget();
  const pushed: string[] = [];
  new Function("document", "router", script!)(target, { push: (href: string) => pushed.push(href) });
  const event = Object.assign(new Event("carillon-navigate", { cancelable: true }), { detail: { href: "/a" } });
  expect(target.dispatchEvent(event)).toBe(false);
  expect(pushed).toEqual(["/a"]);
});

describe("it names all", () => {
  const rows = [...readme.matchAll(/^\| (.*?) \|/gm)].map(([, cell]) => cell!).join(" ");
  const named = new Set([...rows.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));

  it("custom properties", async () => {
    const severities = Object.keys(PATHS).map((severity) => `--carillon-${severity}`);
    const used = new Set<string>();
    for (const name of await readdir(new URL("src/style", root))) {
      for (const [property] of (await read(`src/style/${name}`)).matchAll(/--carillon-[a-z-]*[a-z]/g))
        used.add(severities.includes(property) ? "--carillon-<severity>" : property);
    }
    expect([...named].filter((name) => name.startsWith("--")).sort()).toEqual([...used].sort());
  });

  it("attributes and props", async () => {
    const attributes = /ATTRIBUTES = \[(.*?)\]/s.exec(await read("src/bell.ts"))![1]!.match(/[a-z-]+/g)!;
    const props = /interface NotificationCentreProps \{(.*?)\n\}/s.exec(
      await read("src/react/NotificationCentre.tsx"),
    )![1]!;
    const names = [...props.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(10);
    for (const name of [...attributes, ...names]) expect(named).toContain(name);
  });

  it("the methods of the store", () => {
    const text = /needs no React:(.*?)\./s.exec(readme)![1]!;
    const store = new NotificationStore({ apiUrl: "", getToken: () => null, tab: new FakeTab(new Browser()) });
    for (const [, name] of text.matchAll(/`(\w+)`/g)) expect(store[name as keyof typeof store]).toBeTypeOf("function");
  });

  it("the sizes as upper limits", async () => {
    for (const name of ["index.js", "style.css", "bell.js"]) {
      const size = gzipSync(await readFile(`${inject("built")}/${name}`), { level: 9 }).length;
      const stated = Number(new RegExp(`^\\| \`${name}\` \\| (\\d+) kB`, "m").exec(readme)![1]);
      expect(size, name).toBeLessThanOrEqual(stated * 1000);
    }
  });

  it("the package's name and version", async () => {
    const { name, version } = JSON.parse(await read("package.json"));
    expect(readme).toContain(`${name}-${version}.tgz`);
    expect(blocks("tsx").join("")).toContain(`"${name}"`);
  });
});
