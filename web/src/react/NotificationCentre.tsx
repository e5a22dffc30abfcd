import { type SyntheticEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import type { GetToken, Notification, Severity } from "../client";
import type { State } from "../store/state";
import type { NotificationStore } from "../store/store";
import { directionOf } from "../texts/languages";
import type { Say, Texts } from "../texts/speech";
import { tokenFrom } from "../token";
import { type Centre, CentreContext } from "./centre";
import { Bell, BY_URGENCY } from "./icons";
import { useContained } from "./keys";
import { noticeText } from "./notices";
import { Panel } from "./Panel";
import { useChanges, useNotifications } from "./useNotifications";
import { useSpeech } from "./useSpeech";
import { Words } from "./Words";

/** Returns whether the title of an alert begins with the severity. */
const isUrgent = (severity: Severity) => BY_URGENCY.indexOf(severity) >= BY_URGENCY.indexOf("warning");

export interface NotificationCentreProps {
  /** The address of the API: the stack's output ApiUrl. */
  apiUrl?: string;
  /** Returns the user's token. It is called before every request, with `fresh` if the API rejected the last token. */
  getToken?: GetToken;
  /** Replaces getToken: an address of your application that answers `{"token", "expires_in"}` to a signed-in person. */
  tokenUrl?: string;
  /** Replaces all of these: a store from createNotifications that several components share. */
  store?: NotificationStore;
  /** Receives the bell's store, for code outside that calls its methods. */
  storeRef?: { current: NotificationStore | null };
  /** The language: "en", "fr", or another one with `texts`. By default the page's `lang`, or else the browser's. */
  locale?: string;
  /** Your own texts, which replace those of the language. */
  texts?: Partial<Texts>;
  /** By default the panel follows the page's `color-scheme`. "system" follows the person's system. */
  theme?: "light" | "dark" | "system";
  dir?: "ltr" | "rtl";
  className?: string;
  /** Origins that a notification may link to, besides the page's own. */
  linkOrigins?: readonly string[];
  /** Follows a link, for a router. By default the browser loads the page. */
  onNavigate?: (href: string, notification: Notification) => void;
  /** The address of carillon-sw.js, for desktop alerts on Android. */
  serviceWorkerUrl?: string;
}

/** A bell with the number of unread notifications. It opens the list. */
export function NotificationCentre(props: NotificationCentreProps) {
  const { apiUrl = "", tokenUrl, onNavigate, className = "" } = props;
  const speech = useSpeech(props.locale, props.texts);
  const { say } = speech;

  const fromUrl = useMemo(() => (tokenUrl ? tokenFrom(tokenUrl) : () => null), [tokenUrl]);
  const { store, ...state } = useNotifications(
    props.store ?? {
      apiUrl,
      getToken: props.getToken ?? fromUrl,
      linkOrigins: props.linkOrigins,
      serviceWorkerUrl: props.serviceWorkerUrl,
      navigate: onNavigate,
      alertTitle: ({ severity, summary, title }) =>
        (isUrgent(severity) ? `${say(severity)}: ` : "") + (summary ?? title),
      moreTitle: (n) => say("newMany", { n }),
    },
  );

  const lastSource = useRef(fromUrl);
  useEffect(() => {
    if (lastSource.current !== fromUrl) void store.update(); // the user may differ
    lastSource.current = fromUrl;
  }, [store, fromUrl]);

  const { storeRef } = props;
  useEffect(() => {
    if (storeRef) storeRef.current = store;
  }, [storeRef, store]);

  const root = useRef<HTMLDivElement>(null);
  const bell = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const [open, setOpen] = useState(false);
  useContained(root, open);
  const toggle = useCallback(
    (opens: boolean) => {
      setOpen(opens);
      if (opens) store.open();
      else store.close();
    },
    [store],
  );
  const close = useCallback(() => toggle(false), [toggle]);
  const summoned = useRef(state.summoned); // the store may have counted before this bell existed
  useEffect(() => {
    if (state.summoned > summoned.current) toggle(true);
    summoned.current = state.summoned;
  }, [state.summoned, toggle]);

  const count = state.unreadCount ?? 0;
  const shown = count > 99 ? "99+" : String(count);
  const unread = count ? say("unreadCount", { n: count, shown }) : "";
  const centre = useMemo<Centre>(() => ({ ...speech, store, close }), [speech, store, close]);
  return (
    <CentreContext.Provider value={centre}>
      <div
        ref={root}
        className={`carillon ${className}`}
        data-theme={props.theme}
        dir={props.dir ?? directionOf(speech.locale)}
        lang={speech.locale}
        onInput={contain}
        onChange={contain}
      >
        <button
          ref={bell}
          type="button"
          className="carillon-bell"
          aria-expanded={open}
          aria-controls={panelId}
          aria-label={unread ? `${say("title")}, ${unread}` : say("title")}
          onClick={() => toggle(!open)}
        >
          <Bell />
          {unread && (
            <Words className="carillon-badge" translate="no">
              {shown}
            </Words>
          )}
        </button>
        {open && <Panel id={panelId} root={root} bell={bell} />}
        <Announcements say={say} state={state} />
      </div>
    </CentreContext.Provider>
  );
}

/** Stop an event that React hears at the root of its tree. On the document, other listeners may follow React's. */
function contain(event: SyntheticEvent) {
  event.stopPropagation();
  (event.nativeEvent ?? event).stopImmediatePropagation(); // Preact gives the browser's event
}

/** The live region that announces events to screen readers. */
function Announcements({ say, state: { news, notice } }: { say: Say; state: State }) {
  const newsCount = useChanges(news);
  const noticeCount = useChanges(notice);
  const n = news.length;
  const arrived = n === 1 ? say("newOne", { title: news[0]!.title }) : n > 0 ? say("newMany", { n }) : "";
  const told = notice ? noticeText(notice, say) : "";
  return (
    <div role="status" className="carillon-hidden">
      <p key={`news${newsCount}${arrived}`}>{arrived}</p>
      <p key={`notice${noticeCount}${told}`}>{told}</p>
    </div>
  );
}
