// Made by bin/vocabularies from models/ and words/ in layers/carillon/carillon. Do not edit.
import type { Severity } from "./client";

/** The SVG path of each severity's icon, from the least urgent severity to the most. */
export const PATHS: Record<Severity, string> = {
  "info": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 9v5M10 6.2v.01",
  "success": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M6.5 10.2 9 12.7l4.5-5",
  "warning": "M10 3 1.8 17h16.4zM10 8v4M10 14.5v.01",
  "critical": "M7 2.5h6L17.5 7v6L13 17.5H7L2.5 13V7zM10 6v5M10 14v.01"
};
