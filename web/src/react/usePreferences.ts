import { useEffect, useRef, useState } from "react";
import { type NewPreferences, type Problem, problemOf } from "../client";
import type { Choices } from "../preferences";
import type { NotificationStore } from "../store/store";

/** A person's preferences. What they change is shown at once and stored; what the server refuses is taken back. */
export function usePreferences(store: NotificationStore) {
  const [held, setHeld] = useState<Choices | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saved, setSaved] = useState(0);
  const [undone, setUndone] = useState(0);
  const stored = useRef<Choices | null>(null);
  const wanted = useRef<Choices | null>(null);
  const queue = useRef(Promise.resolve());

  const hold = (choices: Choices | null) => {
    wanted.current = choices;
    setHeld(choices);
  };
  const load = () => {
    setProblem(null);
    store.client.preferences().then(
      (answer) => {
        stored.current = answer;
        hold(answer);
      },
      (error) => setProblem(problemOf(error)),
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for a store
  useEffect(load, [store]);

  const change = (edit: (choices: Choices) => Choices) => {
    const next = edit(wanted.current!);
    if (next === wanted.current) return;
    hold(next);
    setProblem(null);
    queue.current = queue.current.then(async () => {
      if (wanted.current !== next) return; // a later change stores this one too
      try {
        stored.current = await store.client.storePreferences(next as NewPreferences);
        setSaved((count) => count + 1);
      } catch (refusal) {
        if (wanted.current !== next) return;
        setProblem(problemOf(refusal));
        setUndone((count) => count + 1);
      }
      if (wanted.current === next) hold(stored.current);
    });
  };

  return { choices: held, problem, saved, undone, change, load };
}
