"use client";

import { NotificationCentre } from "carillon-web";
import "carillon-web/style.css";
import { useRouter } from "next/navigation";

/** The bell. `apiUrl` comes from a server component, so one build serves all stages. */
export function Bell({ apiUrl }: { apiUrl: string }) {
  const router = useRouter();
  return (
    <NotificationCentre apiUrl={apiUrl} tokenUrl="/notifications/token" onNavigate={(href) => router.push(href)} />
  );
}
