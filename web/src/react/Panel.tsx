import { type ComponentType, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { View } from "../client";
import { useCentre, useCentreState } from "./centre";
import { Back, Checks, Close, Sliders } from "./icons";
import { Empty, List, Loading } from "./List";
import { noticeText } from "./notices";
import { usePopover } from "./usePopover";

const VIEWS: readonly View[] = ["unread", "all", "archived"];

interface PanelProps {
  id: string;
  root: RefObject<HTMLElement | null>;
  bell: RefObject<HTMLElement | null>;
}

/** The panel that the bell opens. It shows the list or the settings. */
export function Panel({ id, root, bell }: PanelProps) {
  const { store, state, say, close } = useCentreState();
  const [settings, setSettings] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  usePopover(root, bell, panel, close);
  const title = `${id}title`;
  const none = !state.unreadCount;
  const change = (to: boolean) => {
    setSettings(to);
    panel.current!.focus();
  };

  return (
    <div ref={panel} id={id} role="dialog" aria-labelledby={title} tabIndex={-1} className="carillon-panel">
      <div className="carillon-header">
        {settings && (
          <button type="button" className="carillon-icon-button" aria-label={say("back")} onClick={() => change(false)}>
            <Back />
          </button>
        )}
        <h2 id={title}>{say(settings ? "settings" : "title")}</h2>
        {!settings && (
          <>
            {state.view !== "archived" && (
              <button
                type="button"
                className="carillon-text-button carillon-mark-all"
                title={say("markAllRead")}
                aria-disabled={none}
                onClick={() => none || store.markAllRead()}
              >
                <Checks />
                <span>{say("markAllRead")}</span>
              </button>
            )}
            <button
              type="button"
              className="carillon-icon-button"
              aria-label={say("settings")}
              title={say("settings")}
              onClick={() => change(true)}
            >
              <Sliders />
            </button>
          </>
        )}
        <button type="button" className="carillon-icon-button carillon-close" aria-label={say("close")} onClick={close}>
          <Close />
        </button>
      </div>
      {settings ? <LoadedSettings key={state.user} /> : <Views id={id} />}
      {!settings && <Toast />}
    </div>
  );
}

/** Loads the settings when the person opens them. */
function LoadedSettings() {
  const { say } = useCentre();
  const [Settings, setSettings] = useState<ComponentType | null>(null);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    import("./Settings").then(
      (loaded) => setSettings(() => loaded.Settings),
      () => setFailed(true),
    );
  };
  useEffect(load, []);
  if (Settings) return <Settings />;
  if (!failed) return <Loading />;
  return <Empty title={say("unavailable")} hint={say("unavailableHint")} action={say("retry")} onAction={load} alert />;
}

/** Three tabs, and the list of the chosen one. */
function Views({ id }: { id: string }) {
  const { store, state, say } = useCentreState();
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
    const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (VIEWS.indexOf(state.view) + step + VIEWS.length) % VIEWS.length;
    store.setView(VIEWS[next]!);
    (event.currentTarget.children[next] as HTMLElement).focus();
  };
  return (
    <>
      <div role="tablist" aria-label={say("title")} className="carillon-tabs" onKeyDown={move}>
        {VIEWS.map((view) => (
          <button
            key={view}
            type="button"
            role="tab"
            id={id + view}
            aria-selected={state.view === view}
            aria-controls={`${id}list`}
            tabIndex={state.view === view ? 0 : -1}
            onClick={() => store.setView(view)}
          >
            {say(view)}
          </button>
        ))}
      </div>
      <div
        key={state.view}
        role="tabpanel"
        id={`${id}list`}
        aria-labelledby={id + state.view}
        className="carillon-body"
      >
        <List />
      </div>
    </>
  );
}

/** The last notice, with a button to undo an archiving. The live region announces the notice too. */
function Toast() {
  const { store, state, say } = useCentreState();
  const { notice } = state;
  if (!notice || notice.kind === "allRead") return null;
  return (
    <div className="carillon-toast">
      <span>{noticeText(notice, say)}</span>
      {notice.kind === "archived" && (
        <button type="button" className="carillon-text-button" onClick={store.undo}>
          {say("undo")}
        </button>
      )}
    </div>
  );
}
