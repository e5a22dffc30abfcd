import { useId } from "react";
import type { Severity } from "../client";
import { type Category, type ChannelState, rule, withoutRule } from "../preferences";
import { useCentre } from "./centre";
import { type Edits, minutesText, Section, Select, Toggle } from "./fields";
import { BY_URGENCY } from "./icons";
import { Words } from "./Words";

const GROUPINGS: readonly ChannelState["grouping"][] = ["now", 5, 15, 30, 60, "hourly"];

/** The switches and rules for each declared category, on each channel. */
export function Categories({ choices, change }: Edits) {
  const { say, locale } = useCentre();
  if (!choices.categories.length) return null;
  const language = locale.slice(0, 2).toLowerCase() as keyof Category["description"];
  return (
    <Section title={say("categories")}>
      {choices.categories.map((category) => (
        <Topic
          key={category.name}
          name={category.description[language] ?? category.description.en}
          category={category}
          choices={choices}
          change={change}
        />
      ))}
    </Section>
  );
}

interface TopicProps extends Edits {
  name: string;
  category: Category;
}

function Topic({ name, category, choices, change }: TopicProps) {
  const { say } = useCentre();
  const id = useId();
  const why = `${id}why`;
  const mandatory = choices.channels.filter((channel) => !category[channel].switchable).map((channel) => say(channel));
  return (
    <div role="group" aria-labelledby={id} className="carillon-topic">
      <h4 id={id} key={name}>
        {name}
      </h4>
      {choices.channels.map((channel) => (
        <Toggle
          key={channel}
          label={say(channel)}
          on={category[channel].enabled}
          fixedBy={category[channel].switchable ? undefined : why}
          onChange={(enabled) => change((held) => rule(held, category.name, channel, { enabled }))}
        />
      ))}
      {mandatory.length > 0 && (
        <p id={why}>
          <Words>{say("mandatory", { channel: mandatory.join(", ") })}</Words>
        </p>
      )}
      <Details category={category} choices={choices} change={change} />
    </div>
  );
}

/** Further choices for a category: the lowest severity that is sent, and the grouping. */
function Details({ category, choices, change }: Omit<TopicProps, "name">) {
  const { say } = useCentre();
  const open = choices.channels.filter((channel) => category[channel].switchable);
  if (!open.length) return null;
  return (
    <details>
      <summary>
        <Words>{say("more")}</Words>
      </summary>
      {open.map((channel) => {
        const { minimum_severity, grouping } = category[channel];
        const named = { channel: say(channel) };
        const choose = (part: Parameters<typeof rule>[3]) => change((held) => rule(held, category.name, channel, part));
        const groupings = GROUPINGS.includes(grouping) ? GROUPINGS : [...GROUPINGS, grouping];
        return (
          <div key={channel}>
            <Select
              label={say("minimumSeverity", named)}
              value={minimum_severity}
              options={BY_URGENCY.map((severity) => [severity, say(severity)])}
              onChange={(severity) => choose({ minimum_severity: severity as Severity })}
            />
            <Select
              label={say("groupingOf", named)}
              value={String(grouping)}
              options={groupings.map((one) => [
                String(one),
                typeof one === "number" ? minutesText(one, say) : say(one),
              ])}
              onChange={(value) =>
                choose({
                  grouping: Number(value) || (value as "now" | "hourly"),
                })
              }
            />
          </div>
        );
      })}
      {choices.rules[category.name] && (
        <button
          type="button"
          className="carillon-text-button"
          onClick={() => change((held) => withoutRule(held, category.name))}
        >
          <Words>{say("reset")}</Words>
        </button>
      )}
    </details>
  );
}
