/** The call of the backend. `token` is that of a producer, with the scope `carillon/send`. */
export async function createNotification(token: string, notification: object): Promise<{ id: string }> {
  const response = await fetch(`${process.env.CARILLON_API}/notifications`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(notification),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()).notification;
}
