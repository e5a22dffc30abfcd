// Shows nothing by itself: it is what a click on an alert of the bell leads to. Serve it from your own origin, best from a
// folder of its own, or load it into your own service worker with importScripts.
self.addEventListener("notificationclick", (event) => {
  const { carillon, url } = event.notification.data ?? {};
  if (!carillon) return; // another's alert
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(([page]) => {
      page?.postMessage({ carillon });
      return page ? page.focus() : self.clients.openWindow(url);
    }),
  );
});
