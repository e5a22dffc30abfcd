import { type Plugin, transformWithEsbuild } from "vite";
import { defineConfig } from "vitest/config";

/** Library builds keep their white space; this takes it out, and says that the code is for the browser (Next.js). */
function small(banner: string): Plugin {
  return {
    name: "small",
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const { code } = await transformWithEsbuild(chunk.code, chunk.fileName, {
          minify: true,
          target: "es2022",
          charset: "utf8",
          legalComments: "none",
        });
        chunk.code = banner + code;
      }
    },
  };
}

/** `vite build` makes the library for React, `vite build --mode bell` the one file for any page. */
export default defineConfig(({ mode }) => ({
  build: {
    target: "es2022",
    emptyOutDir: mode !== "bell",
    copyPublicDir: mode !== "bell",
    lib:
      mode === "bell"
        ? { entry: "src/bell.ts", formats: ["es"], fileName: () => "bell.js" }
        : { entry: "src/index.ts", formats: ["es"], fileName: () => "index.js", cssFileName: "style" },
    rollupOptions:
      mode === "bell"
        ? { output: { inlineDynamicImports: true } }
        : {
            external: ["react", "react/jsx-runtime"],
            preserveEntrySignatures: "allow-extension",
            output: { chunkFileNames: "[name].js" },
          },
  },
  plugins: [small(mode === "bell" ? "" : '"use client";\n')],
  esbuild: { jsx: "automatic" },
  resolve: {
    alias:
      mode === "bell"
        ? { "react/jsx-runtime": "preact/jsx-runtime", react: "preact/compat" }
        : ({} as Record<string, string>),
  },
  define: mode === "bell" ? { "process.env.NODE_ENV": '"production"' } : {},
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
  },
}));
