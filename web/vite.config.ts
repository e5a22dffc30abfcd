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

/**
 * `vite build` makes the library for React. `vite build --mode bell` makes the file for any page, and a file beside it for
 * each language besides English.
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
        ? { output: { manualChunks: (id) => (/\/texts\/..\./.test(id) ? null : "bell"), chunkFileNames: "[name].js" } }
        : {
            external: ["react", "react/jsx-runtime"],
            preserveEntrySignatures: "allow-extension",
            output: { chunkFileNames: "[name].js" },
          },
  },
  plugins: [small(mode !== "bell")],
  esbuild: { jsx: "automatic" },
  resolve: {
    alias:
      mode === "bell"
        ? { "react/jsx-runtime": "preact/jsx-runtime", react: "preact/compat" }
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
