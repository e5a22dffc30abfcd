import { createContext, useContext } from "react";
import type { Notification } from "../client";
import type { State } from "../store/state";
import type { NotificationStore } from "../store/store";
import type { Speech } from "./useSpeech";

/** What all parts of the notification centre share. */
export interface Centre extends Speech {
  store: NotificationStore;
  state: State;
  close: () => void;
  onNavigate: ((href: string, notification: Notification) => void) | undefined;
}

export const CentreContext = createContext<Centre>(null as never);
export const useCentre = (): Centre => useContext(CentreContext);
