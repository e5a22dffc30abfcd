// Made by bin/vocabularies from models/ and words/ in layers/carillon/carillon. Do not edit.
import type { Severity } from "../client";
import type { ChannelName } from "../preferences";

export const severities: Record<Severity, string> = {
  "info": "Info",
  "success": "Éxito",
  "warning": "Advertencia",
  "critical": "Crítico"
};

export const channelLabels: Record<ChannelName, string> = {
  "email": "Correo",
  "push": "Push"
};
