import { useId } from "react";
import type { Choices } from "../preferences";
import { browserZone, findZone, sameZone, shownZone, ZONES } from "../zones";
import { useCentre } from "./centre";
import { type Edits, Toggle } from "./fields";
import { Words } from "./Words";

const NIGHT = { from: "22:00", to: "07:00" };

/** Set quiet hours. The browser's time zone is stored with them if the person's is not known. */
function quiet(choices: Choices, quiet_hours: Choices["quiet_hours"]): Choices {
  const zone = choices.timezone_known || !quiet_hours ? null : browserZone();
  return { ...choices, quiet_hours, ...(zone && { timezone: zone, timezone_known: true }) };
}

/** The hours without messages, and the time zone of their clock. */
export function QuietHours({ choices, change }: Edits) {
  const { say } = useCentre();
  const hours = choices.quiet_hours;
  const counts = hours ? choices.timezone : quiet(choices, NIGHT).timezone;
  const time = (end: "from" | "to") => (
    <label>
      <Words>{say(end)}</Words>
      <input
        type="time"
        required
        defaultValue={hours![end]}
        onBlur={({ target }) => {
          target.value = hours![end]; // an incomplete time, or one that equals the other end, was not stored
        }}
        onChange={({ target: { value } }) =>
          change((choices) => {
            const next = { ...choices.quiet_hours!, [end]: value };
            return value && next.from !== next.to ? quiet(choices, next) : choices;
          })
        }
      />
    </label>
  );
  return (
    <>
      <Toggle
        label={say("quietHours")}
        hint={say("quietHoursHint", { zone: shownZone(counts) })}
        on={hours !== null}
        onChange={(on) => change((choices) => quiet(choices, on ? NIGHT : null))}
      />
      {hours && (
        <>
          <div className="carillon-times">
            {time("from")}
            {time("to")}
          </div>
          <TimeZone choices={choices} change={change} />
        </>
      )}
    </>
  );
}

/** The choice of the time zone. A name is found by its beginning, or by its city. */
function TimeZone({ choices, change }: Edits) {
  const { say } = useCentre();
  const list = useId();
  const { timezone } = choices;
  const own = browserZone();
  const choose = (zone: string | undefined) => {
    if (zone && zone !== timezone) change((choices) => ({ ...choices, timezone: zone, timezone_known: true }));
  };
  return (
    <div className="carillon-choice">
      <label>
        <Words>{say("timezone")}</Words>
        <input
          key={timezone}
          list={list}
          defaultValue={shownZone(timezone)}
          autoComplete="off"
          spellCheck={false}
          translate="no"
          onFocus={({ target }) => target.select()}
          onChange={({ target }) => choose(ZONES.find((zone) => shownZone(zone) === target.value))}
          onBlur={({ target }) => {
            const found = findZone(target.value);
            target.value = shownZone(found ?? timezone);
            choose(found);
          }}
        />
      </label>
      <datalist id={list}>
        {ZONES.map((zone) => (
          <option key={zone} value={shownZone(zone)} />
        ))}
      </datalist>
      {own && !sameZone(own, timezone) && (
        <button type="button" className="carillon-text-button" onClick={() => choose(own)}>
          <Words>{say("useTimezone", { zone: shownZone(own) })}</Words>
        </button>
      )}
    </div>
  );
}
