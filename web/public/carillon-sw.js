// Handles clicks on the bell's alerts and shows nothing by itself. Serve it from your own origin, best from a
// folder of its own, or load it into your own service worker with importScripts.
self.addEventListener("notificationclick", (event) => {
  const { carillon, url } = event.notification.data ?? {};
  if (!carillon) return; // not an alert of the bell
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (pages) => {
      for (const page of pages) if (await follows(page, carillon)) return page.focus();
      return self.clients.openWindow(url);
    }),
  );
});

// Ask a page to handle the click. Resolve to true if the page has a bell.
function follows(page, carillon) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    setTimeout(resolve, 300, false); // milliseconds; soon after a click the browser forbids opening a window
    page.postMessage({ carillon }, [port2]);
  });
}
