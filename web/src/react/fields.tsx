// The form controls of the settings.
import { type ReactNode, useId } from "react";
import type { Choices } from "../preferences";
import type { Say } from "../texts/speech";
import { Words } from "./Words";

export interface Edits {
  choices: Choices;
  change: (edit: (choices: Choices) => Choices) => void;
}

export function minutesText(count: number, say: Say): string {
  return count ? say("minutes", { n: count }) : say("now");
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 key={title}>{title}</h3>
      {children}
    </section>
  );
}

function Hint({ id, hint }: { id: string; hint: string | undefined }) {
  return hint ? (
    <p>
      <Words id={id}>{hint}</Words>
    </p>
  ) : null;
}

interface ToggleProps {
  label: string;
  hint?: string | undefined;
  on: boolean;
  /** The id of the element that says why the person cannot change it. */
  fixedBy?: string | undefined;
  onChange: (on: boolean) => void;
}

export function Toggle({ label, hint, on, fixedBy, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="carillon-choice">
      <label>
        <Words>{label}</Words>
        <input
          type="checkbox"
          role="switch"
          checked={on}
          disabled={!!fixedBy}
          aria-describedby={fixedBy ?? (hint && id)}
          onChange={(event) => onChange(event.target.checked)}
        />
      </label>
      <Hint id={id} hint={hint} />
    </div>
  );
}

interface SelectProps {
  label: string;
  hint?: string;
  value: string;
  options: (readonly [value: string, text: string])[];
  onChange: (value: string) => void;
}

export function Select({ label, hint, value, options, onChange }: SelectProps) {
  const id = useId();
  return (
    <div className="carillon-choice">
      <label>
        <Words>{label}</Words>
        <select value={value} aria-describedby={hint && id} onChange={(event) => onChange(event.target.value)}>
          {options.map(([name, text]) => (
            <option key={name + text} value={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <Hint id={id} hint={hint} />
    </div>
  );
}
