import { type MouseEvent, memo, useId, useLayoutEffect, useRef, useState } from "react";
import type { Notification } from "../client";
import { whole as wholeAddress } from "../links";
import { PATHS } from "../severities.gen";
import { shownAt } from "../store/feed";
import { useCentre } from "./centre";
import { Box, Check, Dots, Envelope, SeverityIcon, Unbox } from "./icons";
import { Lazy } from "./Lazy";
import { Words } from "./Words";

interface ItemProps {
  item: Notification;
  now: number;
  /** The width of the window in pixels. */
  width: number;
}

/**
 * One notification. The producer's words are shown as text and never as HTML. The item renders again only when it
 * changes, because a list may have a thousand items.
 */
export const Item = memo(function Item({ item, now, width }: ItemProps) {
  const { store, say, dates, close } = useCentre();
  const [whole, setWhole] = useState(false);
  const [menu, setMenu] = useState(false);
  const title = useId();
  const { id, body, read_at, archived_at } = item;
  const severity = item.severity in PATHS ? item.severity : "info"; // for a severity that a newer API adds
  const shown = new Date(shownAt(item));
  const ago = dates.ago(shown, now);
  const href = store.href(item);
  const row = useRef<HTMLLIElement>(null);
  const [long, setLong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window's width decides what fits in two lines
  useLayoutEffect(() => {
    const texts = [...row.current!.querySelectorAll(".carillon-words, [data-head]")];
    if (!whole) setLong(texts.some(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1));
  }, [item.title, body, width]);

  const follow = (event: MouseEvent) => {
    if (event.button > 1) return; // the right button opens a menu
    void store.markRead(id);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!plain) return;
    const { navigate } = store.options;
    if (navigate) {
      event.preventDefault();
      navigate(href!, item);
    }
    close();
  };
  const archive = () => {
    // Focus the next item, or else the previous one, so that a person can archive several in a row.
    const rows = [...row.current!.closest(".carillon-days")!.querySelectorAll("li")];
    const at = rows.indexOf(row.current!);
    (rows[at + 1] ?? rows[at - 1])?.querySelector<HTMLElement>("[data-key=e]")?.focus();
    void store.archive(id, !archived_at);
  };
  const kind = item.created_by?.kind; // an older API does not say it
  const by = kind === "you" ? "byYou" : kind === "user" && "byUser";
  const toggle = () => {
    const within = row.current!.querySelector(".carillon-menu :focus");
    if (within) row.current!.querySelector<HTMLElement>("[data-key=m]")!.focus();
    setMenu(!menu);
  };
  const head = {
    "data-head": true,
    "data-whole": whole || undefined,
    "aria-describedby": `${title}unread ${title}severity ${title}time`,
  };

  return (
    <li ref={row} className="carillon-item" data-severity={severity} data-unread={!read_at || undefined}>
      <SeverityIcon severity={severity} />
      <div className="carillon-text">
        <p id={title} className="carillon-title">
          {href ? (
            <a {...head} href={wholeAddress(href)} onClick={follow} onAuxClick={follow}>
              {item.title}
            </a>
          ) : (
            // The arrow keys reach it. For the Tab key, the row has buttons that do the same.
            <button
              {...head}
              type="button"
              tabIndex={-1}
              onClick={() => {
                setWhole(true);
                void store.markRead(id);
              }}
            >
              {item.title}
            </button>
          )}
          {!read_at && <span id={`${title}unread`} className="carillon-dot" role="img" aria-label={say("unread")} />}
        </p>
        {body && (
          <p className="carillon-words" data-whole={whole || undefined}>
            <span>{body}</span>
          </p>
        )}
        {long && (
          <button
            type="button"
            className="carillon-text-button carillon-whole"
            aria-expanded={whole}
            aria-describedby={title}
            onClick={() => setWhole(!whole)}
          >
            <Words>{say(whole ? "showLess" : "showMore")}</Words>
          </button>
        )}
        <div className="carillon-meta">
          <Words id={`${title}severity`} className={severity === "info" ? "carillon-hidden" : "carillon-severity"}>
            {say(severity)}
          </Words>
          <time id={`${title}time`} key={ago} dateTime={shown.toISOString()} title={dates.exactly(shown)}>
            {ago}
          </time>
          {by && <Words>{say(by)}</Words>}
          <span className="carillon-actions">
            {!archived_at && (
              <Action
                label={say(read_at ? "markUnread" : "markRead")}
                about={title}
                icon={read_at ? Envelope : Check}
                onClick={() => store.markRead(id, !read_at)}
                data-key="u"
              />
            )}
            <Action
              label={say(archived_at ? "restore" : "archive")}
              about={title}
              icon={archived_at ? Unbox : Box}
              onClick={archive}
              data-key="e"
            />
            <Action
              label={say("rowMenu")}
              about={title}
              icon={Dots}
              onClick={toggle}
              data-key="m"
              aria-expanded={menu}
            />
          </span>
        </div>
        {menu && <Lazy part="Mute" item={item} onDone={toggle} />}
      </div>
    </li>
  );
});

interface ActionProps {
  label: string;
  about: string;
  icon: () => React.JSX.Element;
  onClick: () => void;
  /** The key that presses it: keys.ts. */
  "data-key": string;
  "aria-expanded"?: boolean;
}

function Action({ label, about, icon: Icon, ...rest }: ActionProps) {
  return (
    <button
      type="button"
      className="carillon-icon-button"
      aria-label={label}
      aria-describedby={about}
      title={label}
      {...rest}
    >
      <Icon />
    </button>
  );
}
