import { expect, it } from "vitest";
import { Budget } from "../src/store/budget";

it("allows two at once and then one in each interval", () => {
  const budget = new Budget();
  const at: number[] = [];
  for (let now = 0; at.length < 5; now = Math.max(now, budget.next(10))) {
    budget.spend(now, 10);
    at.push(now);
  }
  expect(at).toEqual([0, 0, 10, 20, 30]);
  expect(budget.next(10)).toBe(40);
});

it("forgives what was spent without its consent, after two intervals", () => {
  const budget = new Budget();
  for (let time = 0; time < 100; time++) budget.spend(time, 10);
  expect(budget.next(10)).toBeLessThanOrEqual(109);
});
