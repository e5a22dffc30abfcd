import { fileURLToPath } from "node:url";
import { type Plugin, transformWithEsbuild } from "vite";
import { defineConfig } from "vitest/config";

/** Remove the white space that library builds keep, and mark chunks that need React as browser code (for Next.js). */
function small(react: boolean): Plugin {
  return {
    name: "small",
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const options = { minify: true, charset: "utf8", legalComments: "none" } as const;
        const { code } = await transformWithEsbuild(chunk.code, chunk.fileName, options);
        chunk.code = (react ? '"use client";\n' : "") + code;
      }
    },
  };
}

/** The client of hints is a file of its own, the same for both builds: a page without hints does not load it. */
const LIVE = "/src/live/";

/** Return the file of a module of the bell, or null for a language, which is a file of its own. */
function chunkOf(id: string): string | null {
  if (id.includes(LIVE)) return "carillon-live";
  return /\/texts\/..\./.test(id) ? null : "bell";
}

/**
 * `vite build` makes the library for React. `vite build --mode bell` makes the file for any page, and files beside it: the
 * client of hints, and each language besides English.
 */
export default defineConfig(({ mode }) => ({
  build: {
    target: "es2022",
    emptyOutDir: mode !== "bell",
    copyPublicDir: mode !== "bell",
    lib:
      mode === "bell"
        ? { entry: "src/bell.ts", formats: ["es"], fileName: () => "bell.js" }
        : { entry: "src/library.ts", formats: ["es"], fileName: () => "index.js", cssFileName: "style" },
    rollupOptions:
      mode === "bell"
        ? { output: { manualChunks: chunkOf, chunkFileNames: "[name].js" } }
        : {
            external: ["react", "react/jsx-runtime"],
            preserveEntrySignatures: "allow-extension",
            output: { chunkFileNames: "[name].js" },
          },
  },
  server: { fs: { allow: [".."] } }, // the calls of the client package
  plugins: [small(mode !== "bell")],
  esbuild: { jsx: "automatic" },
  resolve: {
    alias:
      mode === "bell"
        ? { "react/jsx-runtime": "preact/jsx-runtime", react: fileURLToPath(new URL("src/preact.ts", import.meta.url)) }
        : ({} as Record<string, string>),
  },
  define: mode === "bell" ? { "process.env.NODE_ENV": '"production"' } : {},
  test: {
    testTimeout: 30_000,
    include: ["tests/**/*.test.{ts,tsx}"],
    globalSetup: ["tests/build.ts"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
  },
}));
