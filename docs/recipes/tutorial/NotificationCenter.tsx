"use client";

import { useCallback, useEffect, useState } from "react";

interface Notification {
  id: string;
  title: string;
  body: string | null;
  severity: string;
  target_url: string | null;
  read_at: string | null;
}

const API = "/api/notifications";

export function NotificationCenter() {
  const [notifications, setNotifications] = useState<Notification[]>([]);

  const load = useCallback(async () => {
    const response = await fetch(API, { cache: "no-store" });
    if (response.ok) setNotifications((await response.json()).notifications);
  }, []);

  useEffect(() => {
    void load();
    const timer = setInterval(load, 30_000);
    return () => clearInterval(timer);
  }, [load]);

  async function mark(change: { notificationId: string } | { all: true }) {
    const headers = { "Content-Type": "application/json" };
    await fetch(API, { method: "PATCH", headers, body: JSON.stringify(change) });
    await load();
  }

  const unread = notifications.filter((each) => each.read_at === null).length;
  return (
    <section aria-label="Notifications">
      <h2>Notifications ({unread})</h2>
      <button type="button" onClick={() => mark({ all: true })} disabled={unread === 0}>
        Mark all as read
      </button>
      <ul>
        {notifications.map((each) => (
          <li key={each.id} data-severity={each.severity}>
            <a href={each.target_url ?? "#"}>{each.title}</a>
            <p>{each.body}</p>
            {each.read_at === null && (
              <button type="button" onClick={() => mark({ notificationId: each.id })}>
                Mark as read
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
