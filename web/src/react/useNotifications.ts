import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Options, State } from "../store/state";
import { NotificationStore } from "../store/store";

/**
 * All that the bell knows and can do, for a design of your own. Give it the store that several components share
 * (`createNotifications`), or the options of one for this component alone. Options may change, but for `apiUrl`, which
 * makes another store, and `serviceWorkerUrl`.
 */
export function useNotifications(source: NotificationStore | Options): State & { store: NotificationStore } {
  const given = source instanceof NotificationStore ? source : null;
  const { apiUrl } = source as Options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other options do not make another store
  const own = useMemo(() => given ?? new NotificationStore(source as Options), [given, apiUrl]);
  useEffect(() => {
    if (!given) own.options = source as Options;
  });
  const state = useSyncExternalStore(own.subscribe, own.getState, own.getServerState);
  return { ...state, store: own };
}

/** Counts how often a value became another: the same words twice are news twice. */
export function useChanges(value: unknown): number {
  const [seen, see] = useState({ value, count: 0 });
  if (seen.value !== value) see({ value, count: seen.count + 1 });
  return seen.count;
}
