import type { Severity } from "../client";
import { PATHS } from "../severities.gen";

// Strokes in the colour of the text, on a field of 20 by 20.
const icon = (path: string) => () => (
  <svg className="carillon-icon" viewBox="0 0 20 20" aria-hidden="true">
    <path d={path} />
  </svg>
);

const box = "M3 4h14v4H3zM4.5 8v8h11V8";

export const Bell = icon("M4 14.5c1.3-1.4 1.3-3 1.3-6a4.7 4.7 0 0 1 9.4 0c0 3 0 4.6 1.3 6zM8.3 17a1.8 1.8 0 0 0 3.4 0");
export const Sliders = icon(
  "M3 6h7M15 6h2M3 14h2M10 14h7M15 6a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0M10 14a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0",
);
export const Back = icon("M12 4.5 6.5 10l5.5 5.5");
export const Close = icon("M5 5l10 10M15 5 5 15");
export const Check = icon("M4 10.5l4 4L16 6");
export const Checks = icon("M1.5 10.5 5 14l8-8.5M9.5 13.5l.5.5L18.5 5.5");
export const Envelope = icon("M3 5h14v10H3zM3 6l7 5 7-5");
export const Box = icon(`${box}M8 11h4`);
export const Dots = icon("M4 10h1v.5h-1zM9.5 10h1v.5h-1zM15 10h1v.5h-1z");
export const Keyboard = icon("M2 5h16v10H2zM5 8h.01M8.3 8h.01M11.7 8h.01M15 8h.01M6.5 12h7");
export const Unbox = icon(`${box}M10 14.5v-4.5m-2 1.8 2-2 2 2`);

/** The icon of a severity. */
export const SeverityIcon = ({ severity }: { severity: Severity }) => icon(PATHS[severity])();

/** The severities from the least urgent to the most. */
export const BY_URGENCY = Object.keys(PATHS) as Severity[];
