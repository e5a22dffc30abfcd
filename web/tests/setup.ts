import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

configure({
  getElementError: (message) => new Error(message ?? ""), // printing the whole page would hide the failure
  asyncUtilTimeout: 10_000, // a machine may be busy
  defaultHidden: true, // no style sheet hides elements here, and the check takes most of the time
});

const page = typeof window !== "undefined";

beforeEach(() => {
  if (page) return;
  // The part of a page that the store uses. Tests of its logic need no DOM, and making one takes longer than they run.
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
