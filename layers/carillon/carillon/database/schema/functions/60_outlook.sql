-- What a claim would find if it took these deliveries now, without taking them: for each, why nothing would be sent, or
-- NULL when something would be.
CREATE OR REPLACE FUNCTION notification_outlook(ids uuid[], settings jsonb)
RETURNS TABLE (delivery_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    SELECT
        asked.id,
        CASE WHEN count(*) FILTER (WHERE item.notification_id IS NOT NULL AND item.reason IS NULL) = 0
            THEN notification_nothing_left(array_agg(item.reason))
        END
    FROM unnest(ids) AS asked (id)
    LEFT JOIN notification_left_out(ids, notification_now(), settings) AS item ON item.delivery_id = asked.id
    GROUP BY asked.id
$$;
