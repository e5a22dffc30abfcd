/**
 * Bounds how often something happens: on average once in `every`, and at most twice in a row. Over any `span` that is
 * at most `span / every + 2` times (the generic cell rate algorithm).
 */
export class Budget {
  private paid = Number.NEGATIVE_INFINITY;

  /** Return the earliest moment at which the budget allows one. All times are in milliseconds. */
  next(every: number): number {
    return this.paid - every;
  }

  spend(now: number, every: number) {
    this.paid = Math.min(Math.max(this.paid, now) + every, now + 2 * every);
  }
}
