-- Record a notification of a person for themselves, unless they have recorded as many in this minute as the stack allows.
-- Producers call create_notifications instead, so the limit costs them nothing.
--
-- The count is in the person's row of rate_limits, which create locks at the same place of the lock order. All requests of
-- a person wait for that lock, so the count is exact however many come at once. A repeat is not counted.
CREATE OR REPLACE FUNCTION record_for_self(
    content jsonb, id uuid, person text, key text, key_derived boolean, creator text, content_hash text, settings jsonb,
    dispatch_ahead interval,
    per_minute integer  -- how many the person may record in a minute
) RETURNS jsonb  -- as create_notifications; or only `retry_after`, in seconds
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
SET plan_cache_mode = force_generic_plan  -- 05_policy.sql, as the next two
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    this_minute timestamptz;
    recorded integer;
BEGIN
    INSERT INTO rate_limits AS l (user_id, used_at) VALUES (person, date_trunc('hour', current_moment()))
    ON CONFLICT (user_id) DO UPDATE SET used_at = excluded.used_at WHERE l.used_at <> excluded.used_at;
    IF NOT is_recorded(id, person, creator, key) THEN
        this_minute := date_trunc('minute', clock_moment());  -- after the wait for the lock
        SELECT l.self_recorded INTO recorded
        FROM rate_limits AS l WHERE l.user_id = person AND l.self_recorded_minute = this_minute;
        IF recorded >= per_minute THEN
            RETURN jsonb_build_object(
                'retry_after', delay_seconds(this_minute + interval '1 minute', clock_moment())
            );
        END IF;
        UPDATE rate_limits AS l
        SET self_recorded_minute = this_minute, self_recorded = coalesce(recorded, 0) + 1
        WHERE l.user_id = person;
    END IF;
    RETURN create_notifications(
        content, ARRAY[id], ARRAY[person], ARRAY[key], key_derived, creator, content_hash, settings, dispatch_ahead
    );
END
$$;

-- Return whether a notification is stored already: by this request, whose answer was lost, or under its key.
CREATE OR REPLACE FUNCTION is_recorded(wanted uuid, person text, creator text, key text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM notifications AS n WHERE n.id = wanted) OR EXISTS (
        SELECT FROM notifications AS n
        WHERE n.user_id = person AND n.created_by = creator AND n.idempotency_key = key
    );
END
$$;

-- Return in which fields stored notifications differ from the content of a request with the same key. Only create's
-- conflicts need it. A field that is not stored, such as resource_id, is not compared. The comparison is of texts, as the
-- hash is: jsonb would call the numbers 2 and 2.0 equal, and no field would be named. A text that is given by language
-- differs if the stored one is none of its languages'.
CREATE OR REPLACE FUNCTION differing_fields(wanted uuid[], content jsonb)
RETURNS TABLE (id uuid, fields text[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked constant jsonb := to_jsonb(jsonb_populate_record(NULL::notifications, content));
BEGIN
    RETURN QUERY
    SELECT n.id, ARRAY(
        SELECT given.name
        FROM jsonb_object_keys(content) AS given (name)
        WHERE asked ? given.name
            AND asked ->> given.name IS DISTINCT FROM to_jsonb(n) ->> given.name
            AND NOT EXISTS (
                SELECT FROM jsonb_array_elements(content -> 'texts' -> 'said') AS said
                WHERE said ->> given.name = to_jsonb(n) ->> given.name
            )
        ORDER BY given.name
    )
    FROM notifications AS n WHERE n.id = ANY (wanted);
END
$$;
