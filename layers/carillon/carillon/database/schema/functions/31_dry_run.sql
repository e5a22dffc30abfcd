-- Return what create_notifications would return, with the routing of each recipient, and keep nothing. It runs the same
-- function and rolls it back, so the answer is always what create would do.
CREATE OR REPLACE FUNCTION dry_run(
    content jsonb, ids uuid[], user_ids text[], keys text[], keys_derived boolean, creator text, content_hash text,
    settings jsonb, dispatch_ahead interval
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb;
BEGIN
    answer := create_notifications(
        content, ids, user_ids, keys, keys_derived, creator, content_hash, settings, dispatch_ahead
    );
    SELECT jsonb_build_object('dispatch', '[]'::jsonb, 'recipients', jsonb_agg(
        recipient || jsonb_build_object(
            'id', n.id, 'in_app', n.in_app, 'routing', n.routing,
            -- A repeat keeps the texts that were chosen when it was recorded.
            'language', CASE WHEN n.id = ANY (ids) THEN coalesce(
                chosen_text(content -> 'texts', r.locale) ->> 'language', content ->> 'language'
            ) END
        )
    ))
    INTO answer
    FROM jsonb_array_elements(answer -> 'recipients') AS recipient
    LEFT JOIN notifications AS n ON n.id = (recipient ->> 'id')::uuid
    LEFT JOIN recipients AS r ON r.user_id = recipient ->> 'user_id';
    RAISE EXCEPTION USING ERRCODE = 'DRY01', MESSAGE = 'rolled back';
EXCEPTION WHEN SQLSTATE 'DRY01' THEN
    RETURN answer;
END
$$;
