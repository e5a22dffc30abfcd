// 10,000 random faults: every bell is late at most, and none asks too often. CARILLON_FAULTS sets another number,
// CARILLON_SEED another seed.
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { FAULTS } from "./faults";
import { Storm } from "./storm";
import { seconds } from "./tabs";

const EACH = 40; // faults in one storm
const COUNT = Number(process.env.CARILLON_FAULTS ?? 10_000);
const SEED = Number(process.env.CARILLON_SEED ?? 1);
const SAFETY = 900; // seconds, as in poller.ts

const fault = fc.record({
  kind: fc.constantFrom(...(Object.keys(FAULTS) as (keyof typeof FAULTS)[])),
  which: fc.nat(3),
  delay: fc.integer({ min: 0, max: 90 }),
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 400 })),
});

const storm = fc.record({
  faults: fc.array(fault, { minLength: EACH, maxLength: EACH }),
  interval: fc.constantFrom(30, 10, 120),
  locks: fc.boolean(),
  mended: fc.boolean(),
  random: fc.nat(),
});

/** Return random numbers that depend on the seed alone (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

it(`after ${COUNT} faults, every bell agrees with the server, and none asked too often`, {
  timeout: 300_000,
}, async () => {
  let faults = 0;
  const property = fc.asyncProperty(storm, async ({ faults: all, interval, locks, mended, random }) => {
    vi.useFakeTimers({ now: 1_800_000_000_000 });
    vi.spyOn(Math, "random").mockImplementation(randomFrom(random));
    const storm = new Storm(interval, locks);
    try {
      storm.record();
      await storm.open();
      await storm.open();
      for (const { kind, which, delay, wait } of all) {
        await FAULTS[kind](storm, which, delay);
        await seconds(wait);
        faults += kind === "nothing" ? 0 : 1;
      }
      await storm.mend(mended);
      storm.record(); // and nothing tells the bells
      await seconds(SAFETY + 2 * interval + 5);
      expect(storm.wrong()).toEqual([]);
      expect(storm.together).toBe(1);
      expect(storm.tooOften()).toEqual([]);
    } finally {
      storm.end();
      vi.useRealTimers();
    }
  });
  await fc.assert(property, { numRuns: Math.ceil((COUNT / EACH) * 1.06), seed: SEED });
  expect(faults).toBeGreaterThanOrEqual(COUNT);
});
