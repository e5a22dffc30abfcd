import { type RefObject, useEffect, useRef, useState } from "react";
import type { View } from "../client";
import { useCentreState } from "./centre";
import { Back, Checks, Close, Keyboard, Sliders } from "./icons";
import { press } from "./keys";
import { Lazy } from "./Lazy";
import { List } from "./List";
import { isUndoable, noticeText } from "./notices";
import { usePopover } from "./usePopover";
import { Words } from "./Words";

const VIEWS: readonly View[] = ["unread", "all", "archived"];
const NOTICE = 15_000; // milliseconds

interface PanelProps {
  id: string;
  root: RefObject<HTMLElement | null>;
  bell: RefObject<HTMLElement | null>;
}

/** The panel that the bell opens. It shows the list, the settings or the keys. */
export function Panel({ id, root, bell }: PanelProps) {
  const { store, state, say, close } = useCentreState();
  const [page, setPage] = useState<"title" | "settings" | "keys">("title");
  const panel = useRef<HTMLDivElement>(null);
  const change = (to: typeof page) => {
    setPage(to);
    panel.current!.focus();
  };
  usePopover(root, bell, panel, close, (event) =>
    press(event, panel.current!, store, () => change(page === "keys" ? "title" : "keys")),
  );
  const title = `${id}title`;
  const none = !state.unreadCount;
  const settings = page !== "title";

  return (
    <div ref={panel} id={id} role="dialog" aria-labelledby={title} tabIndex={-1} className="carillon-panel">
      <div className="carillon-header">
        {settings && (
          <button
            type="button"
            className="carillon-icon-button"
            aria-label={say("back")}
            onClick={() => change("title")}
          >
            <Back />
          </button>
        )}
        <h2 id={title}>
          <Words>{say(page)}</Words>
        </h2>
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
                <Words>{say("markAllRead")}</Words>
              </button>
            )}
            <button
              type="button"
              className="carillon-icon-button"
              aria-label={say("settings")}
              title={say("settings")}
              onClick={() => change("settings")}
            >
              <Sliders />
            </button>
            <button
              type="button"
              className="carillon-icon-button carillon-keyboard"
              aria-label={say("keys")}
              title={`${say("keys")} (?)`}
              onClick={() => change("keys")}
            >
              <Keyboard />
            </button>
          </>
        )}
        <button type="button" className="carillon-icon-button carillon-close" aria-label={say("close")} onClick={close}>
          <Close />
        </button>
      </div>
      {page === "title" ? (
        <Views id={id} />
      ) : (
        <Lazy key={page + state.user} part={page === "keys" ? "Keys" : "Settings"} />
      )}
      {!settings && <Toast />}
    </div>
  );
}

/** Three tabs, and the list of the chosen one. */
function Views({ id }: { id: string }) {
  const { store, state, say } = useCentreState();
  return (
    <>
      <div role="tablist" aria-label={say("title")} className="carillon-tabs">
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
            <Words>{say(view)}</Words>
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

/** The last notice, for some seconds, with a button to undo what it tells. The live region announces it too. */
function Toast() {
  const { store, state, say } = useCentreState();
  const { notice } = state;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!notice) return;
    const timer = setInterval(() => {
      if (!box.current?.matches(":hover, :focus-within")) store.notify(null);
    }, NOTICE);
    return () => clearInterval(timer);
  }, [store, notice]);
  if (!notice) return null;
  return (
    <div ref={box} className="carillon-toast">
      <Words>{noticeText(notice, say)}</Words>
      {isUndoable(notice) && (
        <button type="button" className="carillon-text-button" onClick={store.undo}>
          <Words>{say("undo")}</Words>
        </button>
      )}
    </div>
  );
}
