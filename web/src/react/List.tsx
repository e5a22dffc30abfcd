import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Notification } from "../client";
import { shownAt } from "../store/feed";
import { useCentre, useCentreState } from "./centre";
import { Item } from "./Item";
import { Bell } from "./icons";
import { problemKind } from "./notices";

const TICK = 30_000; // milliseconds

/** The notifications of the chosen view, grouped by day, or the reason why the list is empty. */
export function List() {
  const { store, state, say, dates } = useCentreState();
  const { notifications, problem, loading, view } = state;
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const update = () => setNow(Date.now());
    const timer = setInterval(update, TICK);
    addEventListener("resize", update);
    return () => {
      clearInterval(timer);
      removeEventListener("resize", update);
    };
  }, []);

  const days: { name: string; items: Notification[] }[] = [];
  for (const item of notifications) {
    const name = dates.dayOf(new Date(shownAt(item)), now);
    const day = days.find((other) => other.name === name);
    if (day) day.items.push(item);
    else days.push({ name, items: [item] });
  }

  if (!days.length) {
    if (problem) {
      const kind = problemKind(problem);
      return <Empty title={say(kind)} hint={say(`${kind}Hint`)} action={say("retry")} onAction={store.refresh} alert />;
    }
    if (loading) return <Loading />;
    return (
      <Empty
        title={say(`${view}Empty`)}
        hint={say(`${view}EmptyHint`)}
        {...(view === "unread" && {
          action: say("showAll"),
          onAction: () => store.setView("all"),
        })}
      />
    );
  }
  return (
    // The arrow keys are a shortcut. The Tab key reaches every control too.
    <div className="carillon-days" aria-busy={loading} onKeyDown={walk}>
      {problem && <Stale />}
      {days.map(({ name, items }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <ul>
            {items.map((item) => (
              <Item key={item.id} item={item} now={now} width={innerWidth} />
            ))}
          </ul>
        </section>
      ))}
      {state.hasMore && <More />}
    </div>
  );
}

/** Move the focus from one notification to the next with the arrow keys. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const items = [...event.currentTarget.querySelectorAll("li")];
  const at = items.findIndex((item) => item.contains(event.target as Node));
  const next = step && at >= 0 && items[at + step];
  if (!next) return;
  event.preventDefault();
  next.querySelector<HTMLElement>("a,button")?.focus();
}

function Stale() {
  const { store, state, say, locale } = useCentreState();
  const time =
    state.refreshedAt &&
    new Date(state.refreshedAt).toLocaleTimeString(locale, {
      timeStyle: "short",
    });
  return (
    <div className="carillon-stale">
      <span>
        {say(problemKind(state.problem!))} {time && say("stale", { time })}
      </span>
      <button type="button" className="carillon-text-button" onClick={store.refresh}>
        {say("retry")}
      </button>
    </div>
  );
}

/** A button that loads the next page when it becomes visible or is pressed. After a failure, it waits for a press. */
function More() {
  const { store, state, say } = useCentreState();
  const { loadingMore, problem } = state;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (loadingMore || problem || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver(([entry]) => entry!.isIntersecting && void store.loadMore());
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [store, loadingMore, problem]);
  return (
    <button
      ref={button}
      type="button"
      className="carillon-more"
      aria-disabled={loadingMore}
      onClick={() => store.loadMore()}
    >
      {say(loadingMore ? "loading" : "loadMore")}
    </button>
  );
}

export function Loading() {
  const { say } = useCentre();
  return (
    <div className="carillon-loading">
      <span className="carillon-hidden">{say("loading")}</span>
      <i />
      <i />
      <i />
    </div>
  );
}

interface EmptyProps {
  title: string;
  hint: string;
  action?: string;
  onAction?: () => void;
  alert?: boolean;
}

export function Empty({ title, hint, action, onAction, alert }: EmptyProps) {
  return (
    <div className="carillon-empty" role={alert ? "alert" : undefined}>
      <Bell />
      <p>
        <strong>{title}</strong>
      </p>
      <p>{hint}</p>
      {action && (
        <button type="button" className="carillon-button" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
