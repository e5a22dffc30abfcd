import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

configure({
  getElementError: (message) => new Error(message ?? ""), // the whole page, printed, hides what failed
  asyncUtilTimeout: 10_000, // machines may be busy
  defaultHidden: true, // no style sheet hides anything here, and looking for one takes most of the time
});

const page = typeof window !== "undefined";

beforeEach(() => {
  if (page) return;
  // As much of a page as the store looks at: the tests of its logic need no DOM, which takes longer to make than they run.
  const location = Object.assign(new URL("https://app.example.com/"), { assign: () => {} });
  const history = {
    state: null as unknown,
    replaceState(state: unknown, _: string, url: string | URL) {
      history.state = state;
      location.href = new URL(url, location).href;
    },
  };
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", history);
});

afterEach(() => {
  vi.useRealTimers();
  cleanup();
  if (page) {
    localStorage.clear();
    history.replaceState(null, "", "/");
  }
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
