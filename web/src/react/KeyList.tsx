import type { Texts } from "../texts/speech";
import { useCentre } from "./centre";
import { Words } from "./Words";

const KEYS: readonly [keys: string, meaning: keyof Texts][] = [
  ["↓ ↑ j k", "keyMove"],
  ["PgDn PgUp", "keyPage"],
  ["Home End", "keyEnds"],
  ["Enter", "keyOpen"],
  ["e", "keyArchive"],
  ["u", "keyRead"],
  ["m", "rowMenu"],
  ["z", "keyUndo"],
  ["?", "keyHelp"],
  ["Esc", "keyClose"],
];

/** The keys of the panel. keys.ts does what they say. */
export function KeyList() {
  const { say } = useCentre();
  return (
    <dl className="carillon-body carillon-keys">
      {KEYS.map(([keys, meaning]) => (
        <div key={keys}>
          <dt translate="no">
            {keys.split(" ").map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>
            <Words>{say(meaning)}</Words>
          </dd>
        </div>
      ))}
    </dl>
  );
}
