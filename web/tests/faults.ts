// What may happen to bells that listen: tests/storm.test.ts chooses.
import type { Storm } from "./storm";
import { seconds } from "./tabs";

/** `which` chooses a bell, `delay` is in seconds. */
type Fault = (storm: Storm, which: number, delay: number) => unknown;

/** All that may happen. The first is what a failure shrinks to. */
export const FAULTS = {
  nothing: () => {},
  "a hint": (storm) => {
    storm.record();
    storm.hint();
  },
  "a lost hint": (storm) => storm.record(),
  "a doubled hint": (storm) => {
    storm.record();
    storm.hint();
    storm.hint();
  },
  "a late hint": (storm, _, delay) => {
    storm.record();
    storm.hintIn(delay);
  },
  "two hints in the wrong order": (storm, _, delay) => {
    storm.record();
    storm.hintIn(delay);
    storm.record();
    storm.hint();
  },
  "a hint of nothing": (storm) => storm.hint(),
  "a hint to all": (storm) => {
    storm.record();
    storm.hint("/hints/all");
  },
  "a burst of hints": async (storm) => {
    for (let count = 0; count < 20; count++) {
      storm.record();
      storm.hint();
      await seconds(0.1);
    }
  },
  "another device": (storm) => {
    storm.read();
    storm.hint();
  },
  "a cut": (storm) => storm.service.connected[0]?.cut(),
  "a cut that nobody notices": (storm) => {
    for (const socket of storm.service.connected) socket.reachable = false;
  },
  "tokens expire": (storm) => storm.expire(),
  "the service is away": (storm) => storm.away(),
  "the service is back": (storm) => {
    storm.service.works = true;
  },
  "a channel is refused": (storm) => storm.service.refused.add("/hints/person/alice"),
  "no channel is refused": (storm) => storm.service.refused.clear(),
  "the server fails": (storm) => storm.fail("503"),
  "the server is slow": (storm) => storm.fail("slow"),
  "the server works": (storm) => storm.fail(""),
  offline: (storm) => storm.fail("offline"),
  online: (storm) => storm.online(),
  "a tab opens": (storm, which) => storm.open(which % 2 === 0),
  "a tab closes": (storm, which) => storm.close(which),
  "the leader closes": (storm) => storm.close(0),
  "a tab is shown or hidden": (storm, which) => storm.turn(which),
} satisfies Record<string, Fault>;
