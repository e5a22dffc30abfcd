-- Three mechanisms defer deliveries: manual pauses, a circuit breaker for each channel (the automatic pauses), and a
-- send rate for each channel (the table send_rates). docs/architecture.md#pauses-outages-and-send-rates
-- explains them.

-- Return until when manual pauses defer an item that is due at a moment; NULL: none does. Only this function knows
-- which items a pause matches. The planner inlines it in FROM.
CREATE OR REPLACE FUNCTION pausing(
    item_channel text, item_creator text, item_event text, item_severity severity, moment timestamptz
) RETURNS TABLE (until timestamptz, by_sender boolean)
LANGUAGE sql STABLE AS $$
    SELECT max(p.until), bool_and(p.creator IS NOT NULL)
    FROM pauses AS p
    WHERE NOT p.automatic AND p.until > moment
        AND (p.channel IS NULL OR p.channel = item_channel)
        AND (p.creator IS NULL OR p.creator = item_creator)
        AND (p.event IS NULL OR p.event = item_event OR starts_with(item_event, p.event || '.'))
        AND NOT (p.spare_critical AND item_severity = 'critical')
$$;

-- Return what defers a pending delivery now, to explain why it was not sent yet. It foretells the final check only as
-- far as the rows themselves decide it.
--
-- - `held_by` is `operator`, `sender`, `outage`, `pace` or null. `sender` is a pause of the creator, `outage` the
--   circuit breaker once the delivery is due, and `pace` the send rate.
-- - `held_until` is the end of the manual pauses.
CREATE OR REPLACE FUNCTION held_back(d deliveries, moment timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'held_by', CASE
            WHEN held.until IS NOT NULL THEN CASE WHEN held.by_sender THEN 'sender' ELSE 'operator' END
            WHEN d.first_available_at <= moment AND EXISTS (
                SELECT FROM pauses AS p WHERE p.automatic AND p.channel = d.channel
            ) THEN 'outage'
            WHEN d.history -> -1 @> '{"event": "paused", "code": "pace"}' AND EXISTS (
                SELECT FROM send_rates AS p WHERE p.channel = d.channel
            ) THEN 'pace'
        END,
        'held_until', held.until
    )
    FROM (
        SELECT
            -- One item without a pause releases the whole delivery.
            CASE WHEN count(*) = count(pausing.until) THEN min(pausing.until) END AS until,
            bool_and(pausing.by_sender) AS by_sender
        FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        CROSS JOIN LATERAL pausing(
            i.channel, n.created_by, n.event_name, n.severity, greatest(d.available_at, moment)
        ) AS pausing
        WHERE EXISTS (SELECT FROM pauses AS p WHERE NOT p.automatic)
            AND i.delivery_id = d.id AND i.left_out IS NULL AND n.retracted_at IS NULL
            AND (n.expires_at > greatest(d.available_at, moment)) IS NOT FALSE
            AND ((n.read_at IS NULL AND n.archived_at IS NULL) OR n.routing -> i.channel ? 'mandatory')
    ) AS held
$$;
