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

/** Remove the person's rules for a category. */
export function withoutRule(choices: Choices, category: string): Choices {
  const { [category]: _, ...rules } = choices.rules;
  return { ...choices, rules };
}
