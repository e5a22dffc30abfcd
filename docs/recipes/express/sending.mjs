/** Notifications of an Express application, sent after its own work is stored. */

import { CarillonError, Client } from "carillon-client";
import { Router } from "express";
import { mint, PRODUCER } from "./notification-tokens.mjs";

export const carillon = new Client({
  baseUrl: process.env.CARILLON_API,
  token: () => mint(PRODUCER, { client_id: PRODUCER, scope: "carillon/send" }),
  timeout: 3, // the person waits for it, so there are only two attempts
  retry: { attempts: 2, within: 5 },
});

/** Records a notification. An error is logged and not thrown: the work is stored, so the request must not fail. */
export async function notify(notification) {
  try {
    await carillon.notifications.create(notification);
  } catch (error) {
    if (!(error instanceof CarillonError)) throw error;
    console.error(`not recorded: ${error.name} under the key ${error.idempotencyKey}`);
  }
}

/** The route of an order that was shipped. `orders.ship(id)` stores it, and resolves to the order. */
export function shipping(orders) {
  const router = Router();
  router.post("/orders/:id/shipped", async (request, response) => {
    const order = await orders.ship(request.params.id);
    await notify({
      user_id: order.customer,
      event_name: "order.shipped",
      title: "Your order is on its way",
      severity: "success",
      resource_id: order.id,
      target_url: `/orders/${order.id}`,
    });
    response.json(order);
  });
  return router;
}
