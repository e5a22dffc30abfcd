// Changes to preferences as GET answered them, so that they can be sent back.
import type { Preferences } from "./client";

export type ChannelName = Preferences["channels"][number];
export type Switch = Preferences["by_default"][number];
export type Category = Preferences["categories"][number];
export type ChannelState = Category["email"];
type Rule = Partial<Pick<ChannelState, "enabled" | "minimum_severity" | "grouping">>;

/** With null for the stack's default, as PUT takes it. */
export type Choices = Omit<Preferences, "digest_minutes"> & {
  digest_minutes: number | null;
};

/** Chooses a general value. What the person never chose stays unchosen. */
export function choose<Name extends Switch>(held: Choices, name: Name, value: Choices[Name]): Choices {
  return {
    ...held,
    [name]: value,
    by_default: held.by_default.filter((other) => other !== name),
  };
}

/** Chooses for one category on one channel; `categories` says at once what will hold. */
export function rule(held: Choices, category: string, channel: ChannelName, part: Rule): Choices {
  const own = held.rules[category];
  return {
    ...held,
    rules: {
      ...held.rules,
      [category]: { ...own, [channel]: { ...own?.[channel], ...part } },
    },
    categories: held.categories.map((one) =>
      one.name === category ? { ...one, [channel]: { ...one[channel], ...part } } : one,
    ),
  };
}

/** Takes back what was chosen for a category. */
export function withoutRule(held: Choices, category: string): Choices {
  const { [category]: _, ...rules } = held.rules;
  return { ...held, rules };
}
