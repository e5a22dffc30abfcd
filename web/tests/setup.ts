import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// The page itself is printed nowhere: it hides what failed.
configure({ getElementError: (message) => new Error(message ?? "") });

afterEach(() => {
  vi.useRealTimers();
  if (typeof window === "undefined") return;
  cleanup();
  vi.unstubAllGlobals();
  localStorage.clear();
  history.replaceState(null, "", "/");
});
