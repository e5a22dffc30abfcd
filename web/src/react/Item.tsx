import { type MouseEvent, memo, useId, useLayoutEffect, useRef, useState } from "react";
import type { Notification } from "../client";
import { whole as wholeAddress } from "../links";
import { PATHS } from "../severities.gen";
import { shownAt } from "../store/feed";
import { useCentre } from "./centre";
import { Box, Check, Envelope, SeverityIcon, Unbox } from "./icons";

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
  const title = useId();
  const { id, body, read_at, archived_at } = item;
  const severity = item.severity in PATHS ? item.severity : "info"; // for a severity that a newer API adds
  const shown = new Date(shownAt(item));
  const href = store.href(item);
  const words = useRef<HTMLParagraphElement>(null);
  const [long, setLong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window's width decides what fits in two lines
  useLayoutEffect(() => {
    const { scrollHeight = 0, clientHeight = 0 } = words.current ?? {};
    if (!whole) setLong(scrollHeight > clientHeight + 1);
  }, [body, width]);

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
  const archive = (event: MouseEvent<HTMLElement>) => {
    // Focus the next item, or else the previous one, so that a person can archive several in a row.
    const row = event.currentTarget.closest("li")!;
    const rows = [...row.closest(".carillon-days")!.querySelectorAll("li")];
    const at = rows.indexOf(row);
    (rows[at + 1] ?? rows[at - 1])?.querySelector<HTMLElement>("[data-archive]")?.focus();
    void store.archive(id, !archived_at);
  };

  return (
    <li className="carillon-item" data-severity={severity} data-unread={!read_at || undefined}>
      <SeverityIcon severity={severity} />
      <div className="carillon-text">
        <p id={title} className="carillon-title">
          {href ? (
            <a href={wholeAddress(href)} onClick={follow} onAuxClick={follow}>
              {item.title}
            </a>
          ) : (
            <span>{item.title}</span>
          )}
          {!read_at && <span className="carillon-dot" role="img" aria-label={say("unread")} />}
        </p>
        {body && (
          <p ref={words} className="carillon-words" data-whole={whole || undefined}>
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
            {say(whole ? "showLess" : "showMore")}
          </button>
        )}
        <div className="carillon-meta">
          <span className={severity === "info" ? "carillon-hidden" : "carillon-severity"}>{say(severity)}</span>
          <time dateTime={shown.toISOString()} title={dates.exactly(shown)}>
            {dates.ago(shown, now)}
          </time>
          <span className="carillon-actions">
            {!archived_at && (
              <Action
                label={say(read_at ? "markUnread" : "markRead")}
                about={title}
                icon={read_at ? Envelope : Check}
                onClick={() => store.markRead(id, !read_at)}
              />
            )}
            <Action
              label={say(archived_at ? "restore" : "archive")}
              about={title}
              icon={archived_at ? Unbox : Box}
              onClick={archive}
              data-archive
            />
          </span>
        </div>
      </div>
    </li>
  );
});

interface ActionProps {
  label: string;
  about: string;
  icon: () => React.JSX.Element;
  onClick: (event: MouseEvent<HTMLElement>) => void;
  "data-archive"?: boolean;
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
