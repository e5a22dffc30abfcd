// Made by bin/severities from models/severity.py and words/ in layers/carillon/carillon. Do not edit.
import type { Severity } from "../client";

export const severities: Record<Severity, string> = {
  "info": "Info",
  "success": "Success",
  "warning": "Warning",
  "critical": "Critical"
};
