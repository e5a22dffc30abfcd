// Changes to the preferences that GET returned, in a form that PUT accepts.
import type { Preferences } from "./client";

export type ChannelName = Preferences["channels"][number];
export type Switch = Preferences["by_default"][number];
export type Category = Preferences["categories"][number];
export type ChannelState = Category["email"];
type Rule = Partial<Pick<ChannelState, "enabled" | "minimum_severity" | "grouping">>;

/** `digest_minutes` is null for the stack's default, as PUT requires. */
export type Choices = Omit<Preferences, "digest_minutes"> & {
  digest_minutes: number | null;
};

/** Set a general value. The switches that the person never chose stay unchosen. */
export function choose<Name extends Switch>(choices: Choices, name: Name, value: Choices[Name]): Choices {
  return {
    ...choices,
    [name]: value,
    by_default: choices.by_default.filter((other) => other !== name),
  };
}

/** Set a rule for one category on one channel, and update `categories` accordingly. */
export function rule(choices: Choices, category: string, channel: ChannelName, part: Rule): Choices {
  const own = choices.rules[category];
  return {
    ...choices,
    rules: {
      ...choices.rules,
      [category]: { ...own, [channel]: { ...own?.[channel], ...part } },
    },
    categories: choices.categories.map((one) =>
      one.name === category ? { ...one, [channel]: { ...one[channel], ...part } } : one,
    ),
  };
}

/** The category whose rule decides about an event, and what it sends. */
export interface Kind {
  /** A category: the dotted beginning of the event's name, or all of it. */
  name: string;
  description: Category["description"] | undefined;
  /** The channels that the person may switch off now. */
  on: ChannelName[];
  /** The channels that the person's rule switched off. */
  off: ChannelName[];
  /** The channels that nobody can switch off. */
  fixed: ChannelName[];
}

/** Find the most specific category of an event that is declared or has a rule of the person. */
export function kindOf(choices: Preferences, event: string): Kind {
  const most = (names: string[]) =>
    names.filter((name) => `${event}.`.startsWith(`${name}.`)).sort((one, other) => other.length - one.length)[0];
  const declared = most(choices.categories.map(({ name }) => name));
  const category = choices.categories.find(({ name }) => name === declared);
  const name = most([...Object.keys(choices.rules), declared ?? event]) ?? event;
  const mine = (channel: ChannelName) => choices.rules[name]?.[channel]?.enabled;
  const free = choices.channels.filter((channel) => category?.[channel].switchable !== false);
  return {
    name,
    description: declared === name ? category?.description : undefined,
    on: free.filter((channel) => mine(channel) ?? category?.[channel].enabled ?? choices[`${channel}_enabled`]),
    off: free.filter((channel) => mine(channel) === false),
    fixed: choices.channels.filter((channel) => !free.includes(channel)),
  };
}

/** Remove the person's rules for a category. */
export function withoutRule(choices: Choices, category: string): Choices {
  const { [category]: _, ...rules } = choices.rules;
  return { ...choices, rules };
}
