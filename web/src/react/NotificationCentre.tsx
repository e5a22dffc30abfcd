import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import type { GetToken, Notification } from "../client";
import type { State } from "../store/state";
import type { NotificationStore } from "../store/store";
import type { Say, Texts } from "../texts/speech";
import { tokenFrom } from "../token";
import { type Centre, CentreContext } from "./centre";
import { Bell, BY_URGENCY } from "./icons";
import { noticeText } from "./notices";
import { Panel } from "./Panel";
import { useChanges, useNotifications } from "./useNotifications";
import { useSpeech } from "./useSpeech";

/** The severities whose name begins the title of an alert. */
const URGENT = BY_URGENCY.slice(BY_URGENCY.indexOf("warning"));

export interface NotificationCentreProps {
  /** Where the API is, as the stack's output ApiUrl says. */
  apiUrl?: string;
  /** Gives the user's token. It is asked before every request, and with `fresh` when the API has refused the last one. */
  getToken?: GetToken;
  /** Instead of getToken: an address of your application that answers `{"token", "expires_in"}` to whoever is signed in. */
  tokenUrl?: string;
  /** Instead of all these: a store that several components share, from createNotifications. */
  store?: NotificationStore;
  /** Gets the store that the bell has made, for whoever has to tell it something from outside. */
  storeRef?: { current: NotificationStore | null };
  /** The language: "en", "fr", or another with `texts`. Without it the page's `lang`, else the browser's. */
  locale?: string;
  /** Texts of your own, in place of the English or French ones. */
  texts?: Partial<Texts>;
  /** Without it the panel is as light or dark as the page's `color-scheme`; "system" follows the person's system. */
  theme?: "light" | "dark" | "system";
  dir?: "ltr" | "rtl";
  className?: string;
  /** Origins, besides the page's own, that a notification may link to. */
  linkOrigins?: readonly string[];
  /** Follows a link, for a router; without it the browser loads the page. */
  onNavigate?: (href: string, notification: Notification) => void;
  /** The address of carillon-sw.js, for desktop alerts on Android. */
  serviceWorkerUrl?: string;
}

/** A bell with the number of unread notifications, and the list that it opens. */
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
        (URGENT.includes(severity) ? `${say(severity)}: ` : "") + (summary ?? title),
      moreTitle: (n) => say("newMany", { n }),
    },
  );

  const asked = useRef(fromUrl);
  useEffect(() => {
    if (asked.current !== fromUrl) void store.refresh(); // it may be another's
    asked.current = fromUrl;
  }, [store, fromUrl]);

  const { storeRef } = props;
  useEffect(() => {
    if (storeRef) storeRef.current = store;
  }, [storeRef, store]);

  const root = useRef<HTMLDivElement>(null);
  const bell = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const [open, setOpen] = useState(false);
  const toggle = useCallback(
    (opens: boolean) => {
      setOpen(opens);
      if (opens) store.open();
      else store.close();
    },
    [store],
  );
  const close = useCallback(() => toggle(false), [toggle]);
  const summoned = useRef(state.summoned); // a store may be older than this bell
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
      <div ref={root} className={`carillon ${className}`} data-theme={props.theme} dir={props.dir} lang={speech.locale}>
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
          {unread && <span className="carillon-badge">{shown}</span>}
        </button>
        {open && <Panel id={panelId} root={root} bell={bell} />}
        <Announcements say={say} state={state} />
      </div>
    </CentreContext.Provider>
  );
}

/** What happens, for who does not see it. */
function Announcements({ say, state: { news, notice } }: { say: Say; state: State }) {
  const heard = useChanges(news);
  const noticed = useChanges(notice);
  const n = news.length;
  return (
    <div role="status" className="carillon-hidden">
      <p key={`news${heard}`}>{n === 1 ? say("newOne", { title: news[0]!.title }) : n > 0 && say("newMany", { n })}</p>
      <p key={`notice${noticed}`}>{notice && noticeText(notice, say)}</p>
    </div>
  );
}
