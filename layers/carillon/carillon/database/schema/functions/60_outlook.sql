-- Return what a claim of these deliveries would do now, without claiming them: the reason why a delivery would be
-- skipped, or NULL if something would be sent.
CREATE OR REPLACE FUNCTION outlook(ids uuid[], settings jsonb)
RETURNS TABLE (delivery_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    SELECT
        requested.id,
        CASE WHEN count(*) FILTER (WHERE item.notification_id IS NOT NULL AND item.reason IS NULL) = 0
            THEN nothing_left(array_agg(item.reason))
        END
    FROM unnest(ids) AS requested (id)
    LEFT JOIN final_check(ids, current_moment(), stack_rules(settings)) AS item ON item.delivery_id = requested.id
    GROUP BY requested.id
$$;
