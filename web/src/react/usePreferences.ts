import { useEffect, useRef, useState } from "react";
import { type NewPreferences, type Problem, problemOf } from "../client";
import type { Choices } from "../preferences";
import type { NotificationStore } from "../store/store";

/** Return a person's preferences. A change shows at once and is stored; if the server rejects it, it is undone. */
export function usePreferences(store: NotificationStore) {
  const [owner] = useState(() => store.getState().user); // for another one, there are other settings
  const [choices, setChoices] = useState<Choices | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saved, setSaved] = useState(0);
  const [undone, setUndone] = useState(0);
  const stored = useRef<Choices | null>(null);
  const wanted = useRef<Choices | null>(null);
  const queue = useRef(Promise.resolve());

  const show = (next: Choices | null) => {
    wanted.current = next;
    setChoices(next);
  };
  const load = () => {
    setProblem(null);
    store.client.preferences().then(
      (answer) => {
        stored.current = answer;
        show(answer);
      },
      (error) => setProblem(problemOf(error)),
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: load once for each store
  useEffect(load, [store]);

  /** Store choices. The service may not know the time zone of the browser, which came with the quiet hours. */
  const put = async (next: Choices) => {
    const send = (choices: Choices) => store.client.storePreferences(choices as NewPreferences, owner);
    const { timezone, timezone_known, quiet_hours } = stored.current!;
    const came = !timezone_known && next.timezone !== timezone && next.quiet_hours !== quiet_hours;
    try {
      return await send(next);
    } catch (error) {
      if (!came || problemOf(error).status !== 422) throw error;
      return send({ ...next, timezone, timezone_known });
    }
  };
  const change = (edit: (choices: Choices) => Choices) => {
    const next = edit(wanted.current!);
    if (next === wanted.current) return;
    show(next);
    setProblem(null);
    queue.current = queue.current.then(async () => {
      if (wanted.current !== next) return; // a later change includes this one
      try {
        stored.current = await put(next);
        setSaved((count) => count + 1);
      } catch (error) {
        if (wanted.current !== next) return;
        setProblem(problemOf(error));
        setUndone((count) => count + 1);
      }
      if (wanted.current === next) show(stored.current);
    });
  };

  return { choices, problem, saved, undone, change, load };
}
