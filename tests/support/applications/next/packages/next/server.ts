/** `after` of `next/server`: it runs the work when the answer has been sent, which is when `finish` is called. */
const work: (() => Promise<unknown>)[] = [];

export function after(task: () => Promise<unknown>): void {
  work.push(task);
}

export async function finish(): Promise<void> {
  await Promise.all(work.splice(0).map((task) => task()));
}
