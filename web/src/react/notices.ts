import type { Problem } from "../client";
import type { Notice } from "../store/state";
import type { Say } from "../texts/speech";

/** Return the text for the result of the person's action. */
export function noticeText(notice: Notice, say: Say): string {
  if (notice.kind === "failed") return failureText(notice.problem, say);
  if ("name" in notice) return say(`${notice.kind}Now`, { kind: notice.name, channels: notice.channels });
  return say(notice.kind === "archived" || notice.kind === "restored" ? `${notice.kind}Now` : notice.kind);
}

/** Return whether the store can undo what a notice tells. */
export function isUndoable(notice: Notice): boolean {
  return notice.kind === "archived" || ("readAt" in notice && !!notice.readAt) || ("undo" in notice && !!notice.undo);
}

/** Return the text that says why a change failed. */
export function failureText({ status }: Problem, say: Say): string {
  if (status === 404) return say("failedGone");
  return say(status === 401 ? "failedSignedOut" : isOffline(status) ? "failedOffline" : "failed");
}

/** Return why the list is missing: the key of a text such as `offline`. With "Hint" it is the key of the advice. */
export function problemKind({ status }: Problem): "offline" | "signedOut" | "unavailable" {
  return status === 401 ? "signedOut" : isOffline(status) ? "offline" : "unavailable";
}

const isOffline = (status: number) => status === 0 && !navigator.onLine;
