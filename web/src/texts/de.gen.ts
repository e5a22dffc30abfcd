// Made by bin/vocabularies from models/ and words/ in layers/carillon/carillon. Do not edit.
import type { Severity } from "../client";
import type { ChannelName } from "../preferences";

export const severities: Record<Severity, string> = {
  "info": "Info",
  "success": "Erfolg",
  "warning": "Warnung",
  "critical": "Kritisch"
};

export const channelLabels: Record<ChannelName, string> = {
  "email": "E-Mail",
  "push": "Push"
};
