// The library for React. Its exports are the stable interface for applications.
export type {
  GetToken,
  NewPreferences,
  Notification,
  NotificationPage,
  Preferences,
  Severity,
  View,
} from "./client";
export { Client, Problem } from "./client";
export {
  NotificationCentre,
  NotificationCentre as NotificationCenter,
  type NotificationCentreProps,
} from "./react/NotificationCentre";
export { useNotifications } from "./react/useNotifications";
export { usePreferences } from "./react/usePreferences";
export type { AlertsStatus } from "./store/alerts";
export type { Notice, Options, State } from "./store/state";
export { createNotifications, type NotificationStore } from "./store/store";
export type { Text, Texts } from "./texts/speech";
export { tokenFrom } from "./token";
