import type { Problem } from "../client";
import type { Notice } from "../store/state";
import type { Say, Texts } from "../texts/speech";

/** What became of something that the person did, in words. */
export function noticeText(notice: Notice, say: Say): string {
  if (notice.kind !== "failed") {
    return say({ archived: "archivedNow", restored: "restoredNow", allRead: "allRead" }[notice.kind] as keyof Texts);
  }
  return failureText(notice.problem, say);
}

/** Why a change was not made. */
export function failureText({ status }: Problem, say: Say): string {
  if (status === 404) return say("failedGone");
  return say(status === 401 ? "failedSignedOut" : isOffline(status) ? "failedOffline" : "failed");
}

/** Why there is no list, and what to do: the beginning of two texts, `offline` and `offlineHint`. */
export function problemKind({ status }: Problem): "offline" | "signedOut" | "unavailable" {
  return status === 401 ? "signedOut" : isOffline(status) ? "offline" : "unavailable";
}

const isOffline = (status: number) => status === 0 && !navigator.onLine;
