import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Options, State } from "../store/state";
import { NotificationStore } from "../store/store";

/**
 * Return the bell's state and store, for your own design. Pass a store that several components share
 * (`createNotifications`), or the options of a store for this component alone. The options may change. Another `apiUrl`
 * makes another store; another `serviceWorkerUrl` has no effect.
 */
export function useNotifications(source: NotificationStore | Options): State & { store: NotificationStore } {
  const given = source instanceof NotificationStore ? source : null;
  const { apiUrl } = source as Options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another apiUrl needs another store
  const own = useMemo(() => given ?? new NotificationStore(source as Options), [given, apiUrl]);
  useEffect(() => {
    if (!given) own.options = source as Options;
  });
  const state = useSyncExternalStore(own.subscribe, own.getState, own.getServerState);
  return { ...state, store: own };
}

/** Return how often the value changed. A live region then announces the same text twice. */
export function useChanges(value: unknown): number {
  const [seen, see] = useState({ value, count: 0 });
  if (seen.value !== value) see({ value, count: seen.count + 1 });
  return seen.count;
}
