import { useEffect, useState } from "react";
import { type NewPreferences, type Notification, type Preferences, problemOf } from "../client";
import { type ChannelName, kindOf } from "../preferences";
import { useCentre } from "./centre";
import { Words } from "./Words";

export interface MuteProps {
  item: Notification;
  onDone: () => void;
}

type Rules = Preferences["rules"][string];

/** The menu of a row: it switches the messages about this kind of notification off, or on again. */
export function MuteKind({ item, onDone }: MuteProps) {
  const { store, say, locale } = useCentre();
  const [choices, setChoices] = useState<Preferences | null>(null);
  const [owner] = useState(() => store.getState().user);
  const failed = (error: unknown) => store.notify({ kind: "failed", problem: problemOf(error) });
  // biome-ignore lint/correctness/useExhaustiveDependencies: load once for each store
  useEffect(() => {
    store.client.preferences().then(setChoices, (error) => {
      failed(error);
      onDone();
    });
  }, [store]);
  if (!choices) return <Words className="carillon-menu">{say("loading")}</Words>;

  const { name, description, on, off, fixed } = kindOf(choices, item.event_name);
  const kind = description?.[locale.slice(0, 2).toLowerCase() as "en"] ?? description?.en ?? name;
  const named = (channels: ChannelName[]) => channels.map((channel) => say(channel)).join(", ");

  /** Replace the rules for the category in what is stored now. Return those that were stored. */
  const put = async (edit: (rules: Rules) => Rules | undefined) => {
    const { client } = store;
    const now = await client.preferences();
    const { [name]: before, ...rules } = now.rules;
    const next = edit(before ?? {});
    if (next) rules[name] = next;
    await client.storePreferences({ ...now, rules } as NewPreferences, owner);
    return before;
  };
  const change = async () => {
    const channels = on.length ? on : off;
    const about = { name: kind, channels: named(channels) };
    const enabled = on.length ? false : undefined; // without it, a wider rule decides
    onDone();
    try {
      const before = await put((rules) => {
        const changed = channels.map((channel) => [channel, { ...rules[channel], enabled }]);
        return { ...rules, ...Object.fromEntries(changed) };
      });
      const undo = () =>
        put(() => before).then(() => store.notify({ kind: on.length ? "unmuted" : "muted", ...about }), failed);
      store.notify({ kind: on.length ? "muted" : "unmuted", ...about, undo });
    } catch (error) {
      failed(error);
    }
  };

  return (
    <div className="carillon-menu">
      {(on.length > 0 || off.length > 0) && (
        <button type="button" className="carillon-button" onClick={change}>
          <Words>{say(on.length ? "mute" : "unmute", { kind })}</Words>
        </button>
      )}
      {on.length > 0 && <Hint>{say("muteHint", { channels: named(on) })}</Hint>}
      {fixed.length > 0 && <Hint>{say("mandatory", { channel: named(fixed) })}</Hint>}
      {!on.length && !off.length && !fixed.length && <Hint>{say("nothingSent", { kind })}</Hint>}
    </div>
  );
}

const Hint = ({ children }: { children: string }) => (
  <p>
    <Words>{children}</Words>
  </p>
);
