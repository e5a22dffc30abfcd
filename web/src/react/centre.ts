import { createContext, useContext, useSyncExternalStore } from "react";
import type { State } from "../store/state";
import type { NotificationStore } from "../store/store";
import type { Speech } from "./useSpeech";

/** The context that all components of the notification centre share. It changes only with the language. */
export interface Centre extends Speech {
  store: NotificationStore;
  close: () => void;
}

export const CentreContext = createContext<Centre>(null as never);
export const useCentre = (): Centre => useContext(CentreContext);

/** Return the context with the store's state, for components that render again when the state changes. */
export function useCentreState(): Centre & { state: State } {
  const centre = useCentre();
  const { store } = centre;
  return { ...centre, state: useSyncExternalStore(store.subscribe, store.getState, store.getServerState) };
}
