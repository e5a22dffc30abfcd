-- The changes of events beyond their delivery: addresses that bounce again and again, and faults of push credentials.

-- Count the soft bounces of each address since the last email that arrived, and suppress an address with
-- soft_bounce_limit() of them. Only the times of the events count, not their order of arrival. An email that was
-- delivered before it came back does not count: mostly, that is an automatic reply. Only a new event counts. The caller
-- has merged the events.
CREATE OR REPLACE FUNCTION count_soft_bounces(news provider_event[], moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    hashes text[];
BEGIN
    WITH told AS (
        SELECT
            address_hash(address) AS address_hash,
            CASE event.kind WHEN 'soft_bounced' THEN event.at::timestamptz END AS bounced_at,
            CASE event.kind WHEN 'delivered' THEN event.at::timestamptz END AS delivered_at
        FROM unnest(news) AS event
        JOIN deliveries AS d ON d.id = event.delivery_id
        CROSS JOIN LATERAL unnest(event.addresses) AS address
        WHERE event.is_new AND (event.kind = 'delivered' OR (
            event.kind = 'soft_bounced' AND NOT d.provider_events ? ('delivered:' || event.message_id)
        ))
    ),
    stored AS (
        INSERT INTO soft_bounces AS s (address_hash, bounced_at, delivered_at, updated_at)
        SELECT
            told.address_hash, latest_after(array_agg(told.bounced_at), max(told.delivered_at)),
            coalesce(max(told.delivered_at), '-infinity'), moment
        FROM told
        GROUP BY told.address_hash
        -- Most addresses never bounce, and have no row.
        HAVING count(told.bounced_at) > 0
            OR EXISTS (SELECT FROM soft_bounces AS known WHERE known.address_hash = told.address_hash)
        ORDER BY told.address_hash
        ON CONFLICT ON CONSTRAINT soft_bounces_pkey DO UPDATE SET
            bounced_at = latest_after(
                s.bounced_at || excluded.bounced_at, greatest(s.delivered_at, excluded.delivered_at)
            ),
            delivered_at = greatest(s.delivered_at, excluded.delivered_at), updated_at = excluded.updated_at
        RETURNING s.address_hash, s.bounced_at
    )
    SELECT array_agg(address_hash) INTO hashes FROM stored WHERE cardinality(bounced_at) >= soft_bounce_limit();

    -- The count begins again if an operator lifts the suppression.
    DELETE FROM soft_bounces WHERE address_hash = ANY (hashes);
    INSERT INTO suppressions (address_hash, reason, created_at)
    SELECT address_hash, 'bounced', moment FROM unnest(hashes) AS address_hash
    ORDER BY address_hash
    ON CONFLICT ON CONSTRAINT suppressions_pkey DO NOTHING;
END
$$;

-- Return the times after the last arrival, the newest first, at most soft_bounce_limit().
CREATE OR REPLACE FUNCTION latest_after(times timestamptz[], arrival timestamptz) RETURNS timestamptz[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT at FROM unnest(times) AS at
        WHERE at > coalesce(arrival, '-infinity')
        ORDER BY at DESC
        LIMIT soft_bounce_limit()
    )
$$;

-- Pause push for credentials_pause() if a push failed because of the stack's credentials. Only a new event counts, or
-- one whose delivery is not known yet. A longer pause stays as it is.
CREATE OR REPLACE FUNCTION pause_push(listed provider_event[], news provider_event[], moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pauses AS p (channel, until, reason, created_at)
    SELECT 'push', moment + credentials_pause(), min(event.fault), moment
    FROM unnest(listed) AS event
    WHERE event.fault IS NOT NULL AND (
        event.delivery_id IS NULL OR event.position IN (SELECT told.position FROM unnest(news) AS told WHERE told.is_new)
    )
    HAVING count(*) > 0
    ON CONFLICT (channel, event, creator, spare_critical) WHERE NOT automatic DO UPDATE SET
        reason = CASE WHEN excluded.until > p.until THEN excluded.reason ELSE p.reason END,
        until = greatest(p.until, excluded.until);
END
$$;
