"""SQL that breaks each rule of `verify`."""

ANY = "SELECT id FROM deliveries WHERE "
# Each rule: the SQL that breaks it for one row, and the breach that `verify` reports. `d` is a delivery, `n` a
# notification.
BROKEN = [
    (
        "answered",
        (
            "DELETE FROM delivery_items WHERE notification_id = (SELECT min(id::text)::uuid"
            " FROM notifications WHERE event_name = 'comment.added') RETURNING notification_id"
        ),
        "email: digest, and no item",
    ),
    (
        "answered",
        "UPDATE notifications SET routing = routing - 'push' WHERE user_id = 'nobody' RETURNING id AS notification_id",
        "push: no routing, and no item",
    ),
    (
        "answered_once",
        (
            "UPDATE notifications SET routing = jsonb_set(routing, '{email,action}', '\"off\"') WHERE id = (SELECT"
            " notification_id FROM delivery_items WHERE channel = 'email' ORDER BY 1 LIMIT 1)"
            " RETURNING id AS notification_id"
        ),
        "email: off, severity_critical, and an item",
    ),
    (
        "proof_is_kept",
        (
            "UPDATE deliveries SET status = 'failed', error_code = 'x', provider_status = 'accepted',"
            ' provider_events = \'{"accepted:m": {"kind": "accepted"}}\' WHERE id = (SELECT id FROM'
            " deliveries WHERE status = 'sent' ORDER BY id LIMIT 1) RETURNING id AS delivery_id"
        ),
        "failed, accepted, and not accepted",
    ),
    (
        "proof_is_kept",
        (
            "UPDATE deliveries SET provider_status = 'delivered', provider_events ="
            ' \'{"a:m": {"kind": "bounced"}, "b:m": {"kind": "delivered"}}\' WHERE id = (SELECT id FROM'
            " deliveries WHERE status = 'sent' ORDER BY id LIMIT 1) RETURNING id AS delivery_id"
        ),
        "sent, delivered, and not bounced",
    ),
    (
        "items_belong",
        (
            "UPDATE notifications SET user_id = 'dave' WHERE id = (SELECT min(id::text)::uuid FROM notifications"
            " WHERE user_id = 'carol') RETURNING id AS notification_id"
        ),
        "email: the delivery is for somebody else",
    ),
    (
        "deliveries_have_items",
        (
            "INSERT INTO deliveries (id, user_id, channel, available_at, created_at)"
            " VALUES (gen_random_uuid(), 'alice', 'push', now(), now()) RETURNING id AS delivery_id"
        ),
        "pending, no item",
    ),
    (
        "digests_open",
        (
            f"UPDATE deliveries SET open_digest_key = NULL WHERE id = ({ANY} open_digest_key IS NOT NULL"
            " LIMIT 1) RETURNING id AS delivery_id"
        ),
        "pending, claim 0, closed, though never claimed",
    ),
    (
        "sent_is_proven",
        (
            "UPDATE deliveries SET provider_message_ids = '{}' WHERE status = 'sent' AND user_id = 'carol'"
            " RETURNING id AS delivery_id"
        ),
        "email: no message id",
    ),
    (
        "sent_is_proven",
        "UPDATE delivery_items SET left_out = 'read' WHERE channel = 'push' RETURNING delivery_id",
        "push: every item was left out",
    ),
    (
        "sent_once",
        (
            "UPDATE deliveries SET claim_no = 2, history = add_history(history,"
            " jsonb_build_object('event', 'claimed', 'claim_no', 2)) WHERE status = 'sent'"
            " AND channel = 'push' RETURNING id AS delivery_id"
        ),
        "sent, claim 2 after it was sent",
    ),
    (
        "skipped_has_reason",
        "UPDATE delivery_items SET left_out = NULL WHERE left_out = 'read' RETURNING notification_id",
        "already_read, an item was left",
    ),
    (
        "skipped_has_reason",
        (
            "UPDATE deliveries SET error_code = NULL WHERE error_code = 'already_read'"
            " AND status = 'skipped' RETURNING id AS delivery_id"
        ),
        "no reason",
    ),
    (
        "failed_has_code",
        "UPDATE deliveries SET error_code = NULL WHERE permanent RETURNING id AS delivery_id",
        "email: no code after 1 attempts",
    ),
    (
        "leases_end",
        (
            f"UPDATE deliveries SET status = 'sending', locked_at = now() - interval '241 seconds',"
            f" claim_no = 1 WHERE id = ({ANY} status = 'pending' AND digest_key IS NULL LIMIT 1)"
            " RETURNING id AS delivery_id"
        ),
        "claimed 241 s ago",
    ),
    (
        "attempts_were_claims",
        "UPDATE deliveries SET attempts = 2 WHERE channel = 'push' RETURNING id AS delivery_id",
        "2 of 5 attempts, claim 1, in the history 1 claims up to 1",
    ),
    (
        "attempts_were_claims",
        ("UPDATE deliveries SET claim_no = 0, attempts = 0 WHERE channel = 'push' RETURNING id AS delivery_id"),
        "0 of 5 attempts, claim 0, in the history 1 claims up to 1",
    ),
    (
        "on_time",
        (
            f"UPDATE deliveries SET available_at = now() - interval '301 seconds' WHERE id = ({ANY}"
            " status = 'pending' LIMIT 1) RETURNING id AS delivery_id"
        ),
        "email: due 301 s ago, dispatched",
    ),
]
