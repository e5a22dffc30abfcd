import { useEffect, useRef, useState } from "react";
import type { Notification } from "../client";
import { shownAt } from "../store/feed";
import { useCentreState } from "./centre";
import { Empty, Loading } from "./Empty";
import { Item } from "./Item";
import { problemKind } from "./notices";
import { Words } from "./Words";

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
    if (view === "unread" && state.swept.has(item.read_at)) continue;
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
    <div className="carillon-days" aria-busy={loading}>
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
      {view === "unread" && !state.unreadCount && (
        <p className="carillon-done">
          <Words>{say("unreadEmpty")}</Words>
        </p>
      )}
      {state.hasMore && <More />}
    </div>
  );
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
      <Words>{`${say(problemKind(state.problem!))} ${time ? say("stale", { time }) : ""}`}</Words>
      <button type="button" className="carillon-text-button" onClick={store.refresh}>
        <Words>{say("retry")}</Words>
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
      <Words>{say(loadingMore ? "loading" : "loadMore")}</Words>
    </button>
  );
}
