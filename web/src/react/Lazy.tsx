import { type ComponentType, useEffect, useState } from "react";
import type { Notification } from "../client";
import { useCentre } from "./centre";
import { Empty, Loading } from "./Empty";

export interface LazyProps {
  part: "Settings" | "Keys" | "Mute";
  item?: Notification;
  onDone?: () => void;
}

/** A part that the browser loads when the person opens it. */
export function Lazy({ part, ...props }: LazyProps) {
  const { say } = useCentre();
  const [Part, setPart] = useState<ComponentType<Omit<LazyProps, "part">> | null>(null);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    import("./Settings").then(
      (loaded) => setPart(() => loaded[part] as typeof Part),
      () => setFailed(true),
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another part is another element
  useEffect(load, []);
  if (Part) return <Part {...props} />;
  if (!failed) return <Loading />;
  return <Empty title={say("unavailable")} hint={say("unavailableHint")} action={say("retry")} onAction={load} alert />;
}
