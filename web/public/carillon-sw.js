// Shows nothing by itself: it is what a click on an alert of the bell leads to. Serve it from your own origin, best from a
// folder of its own, or load it into your own service worker with importScripts.
self.addEventListener("notificationclick", (event) => {
  const { carillon, url } = event.notification.data ?? {};
  if (!carillon) return; // another's alert
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (pages) => {
      for (const page of pages) if (await follows(page, carillon)) return page.focus();
      return self.clients.openWindow(url);
    }),
  );
});

// Whether a page has a bell, which then takes care of it.
function follows(page, carillon) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    setTimeout(resolve, 300, false); // milliseconds: soon after a click a window may no longer be opened
    page.postMessage({ carillon }, [port2]);
  });
}
