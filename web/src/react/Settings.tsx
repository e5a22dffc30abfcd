import { type ReactNode, useMemo } from "react";
import { type ChannelName, type Choices, choose } from "../preferences";
import { english } from "../texts/en";
import { settingsEnglish } from "../texts/en-settings";
import { type Say, speak } from "../texts/speech";
import { Categories } from "./Categories";
import { CentreContext, useCentre, useCentreState } from "./centre";
import { type Edits, minutesText, Section, Select, Toggle } from "./fields";
import { KeyList } from "./KeyList";
import { MuteKind, type MuteProps } from "./MuteKind";
import { failureText, problemKind } from "./notices";
import { QuietHours } from "./QuietHours";
import { useChanges } from "./useNotifications";
import { usePreferences } from "./usePreferences";
import { Words } from "./Words";

const DIGESTS = [0, 5, 15, 30, 60];

/** Give the further texts, which are in this chunk, to all within. */
export function Spoken({ children }: { children: ReactNode }) {
  const centre = useCentre();
  const { locale, texts } = centre;
  const say = useMemo(() => speak(locale, { ...english, ...settingsEnglish, ...texts }), [locale, texts]);
  return <CentreContext.Provider value={{ ...centre, say }}>{children}</CentreContext.Provider>;
}

/** A person's preferences. The bell stores each choice immediately. */
export const Settings = () => (
  <Spoken>
    <Preferences />
  </Spoken>
);

export const Mute = (props: MuteProps) => (
  <Spoken>
    <MuteKind {...props} />
  </Spoken>
);

export const Keys = () => (
  <Spoken>
    <KeyList />
  </Spoken>
);

function Preferences() {
  const { store, say } = useCentre();
  const { choices, problem, saved, undone, change, load } = usePreferences(store);
  const messages = useChanges(problem ?? saved);
  const text = problem ? (choices ? failureText(problem, say) : say(problemKind(problem))) : saved ? say("saved") : "";
  return (
    <div className="carillon-body carillon-settings">
      <AlertSettings />
      {choices ? (
        <>
          <Channels choices={choices} change={change} undone={undone} />
          {choices.channels.length > 0 && <Categories choices={choices} change={change} />}
        </>
      ) : (
        <p>
          <Words>{problem ? say(`${problemKind(problem)}Hint`) : say("loading")}</Words>
          {problem && (
            <button type="button" className="carillon-button" onClick={load}>
              <Words>{say("retry")}</Words>
            </button>
          )}
        </p>
      )}
      <p role="status" className={problem ? "carillon-toast" : "carillon-hidden"}>
        <Words key={messages}>{text}</Words>
      </p>
    </div>
  );
}

function AlertSettings() {
  const { store, state, say } = useCentreState();
  const { alerts } = state;
  const hint = {
    on: "alertsOn",
    off: "alertsOff",
    denied: "alertsDenied",
    insecure: "alertsInsecure",
    unsupported: "alertsUnsupported",
  } as const;
  return (
    <Section title={say("thisBrowser")}>
      <p>
        <Words>{say(hint[alerts])}</Words>
      </p>
      {(alerts === "on" || alerts === "off") && (
        <button
          type="button"
          className="carillon-button"
          onClick={alerts === "on" ? store.disableAlerts : store.enableAlerts}
        >
          <Words>{say(alerts === "on" ? "alertsDisable" : "alertsEnable")}</Words>
        </button>
      )}
    </Section>
  );
}

function Channels({ choices, change, undone }: Edits & { undone: number }) {
  const { say } = useCentre();
  const { by_default, digest_minutes } = choices;
  const minutes = [...new Set([...DIGESTS, digest_minutes ?? 0])].sort((one, other) => one - other);
  const unchosen = by_default.includes("digest_minutes") || digest_minutes === null;
  return (
    <Section title={say("channels")}>
      <Toggle
        label={say("inApp")}
        hint={choices.in_app_enabled ? undefined : say("inAppOff")}
        on={choices.in_app_enabled}
        onChange={(on) => change((choices) => choose(choices, "in_app_enabled", on))}
      />
      {choices.channels.map((channel) => (
        <Toggle
          key={channel}
          label={say(channel)}
          hint={UNREACHABLE[channel]?.(choices, say)}
          on={choices[`${channel}_enabled`]}
          onChange={(on) => change((choices) => choose(choices, `${channel}_enabled`, on))}
        />
      ))}
      {choices.channels.length > 0 && (
        <>
          <Select
            label={say("grouping")}
            hint={say("groupingHint")}
            value={unchosen ? "" : String(digest_minutes)}
            options={[
              [
                "",
                digest_minutes === null || !unchosen
                  ? say("byDefaultPlain")
                  : say("byDefault", { value: minutesText(digest_minutes, say) }),
              ],
              ...minutes.map((count): [string, string] => [String(count), minutesText(count, say)]),
            ]}
            onChange={(value) => change((choices) => choose(choices, "digest_minutes", value ? Number(value) : null))}
          />
          <QuietHours key={undone} choices={choices} change={change} />
        </>
      )}
    </Section>
  );
}

/** The reason why nothing can be sent on a channel, and what to do; undefined if the API reports no reason. */
const UNREACHABLE: Partial<Record<ChannelName, (choices: Choices, say: Say) => string | undefined>> = {
  email({ address_known, email_enabled, email_status }, say) {
    if (!address_known) return say(email_enabled ? "stillNoAddress" : "noAddress");
    return email_status === "bounced" || email_status === "complained" ? say(email_status) : undefined;
  },
  push: ({ device_known }, say) => (device_known ? undefined : say("noDevice")),
};
