import { createContext, useContext, useSyncExternalStore } from "react";
import type { State } from "../store/state";
import type { NotificationStore } from "../store/store";
import type { Speech } from "./useSpeech";

/** What all parts of the notification centre share. It changes with the language alone. */
export interface Centre extends Speech {
  store: NotificationStore;
  close: () => void;
}

export const CentreContext = createContext<Centre>(null as never);
export const useCentre = (): Centre => useContext(CentreContext);

/** The same with what the store knows, for parts that change with it. */
export function useCentreState(): Centre & { state: State } {
  const centre = useCentre();
  const { store } = centre;
  return { ...centre, state: useSyncExternalStore(store.subscribe, store.getState, store.getServerState) };
}
