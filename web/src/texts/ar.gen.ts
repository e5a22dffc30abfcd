// Made by bin/vocabularies from models/ and words/ in layers/carillon/carillon. Do not edit.
import type { Severity } from "../client";
import type { ChannelName } from "../preferences";

export const severities: Record<Severity, string> = {
  "info": "معلومة",
  "success": "نجاح",
  "warning": "تحذير",
  "critical": "حرِج"
};

export const channelLabels: Record<ChannelName, string> = {
  "email": "البريد الإلكتروني",
  "push": "إشعارات الهاتف"
};
