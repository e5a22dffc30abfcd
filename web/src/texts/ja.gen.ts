// Made by bin/vocabularies from models/ and words/ in layers/carillon/carillon. Do not edit.
import type { Severity } from "../client";
import type { ChannelName } from "../preferences";

export const severities: Record<Severity, string> = {
  "info": "情報",
  "success": "成功",
  "warning": "警告",
  "critical": "重大"
};

export const channelLabels: Record<ChannelName, string> = {
  "email": "メール",
  "push": "プッシュ通知"
};
