-- Return the rules by category with email switched off for some categories, or for all (NULL). A rule for such a
-- category, or for one below it, that has email on gets it off. All other parts of the rules stay.
CREATE OR REPLACE FUNCTION without_email(rules jsonb, categories text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(name, CASE
        WHEN name = ANY (categories) OR (
            rules #> ARRAY[name, 'email', 'enabled'] = 'true'
            AND (categories IS NULL OR categories_of(name) && categories)
        ) THEN coalesce(rules -> name, '{}') || jsonb_build_object(
            'email', coalesce(rules #> ARRAY[name, 'email'], '{}') || '{"enabled": false}'
        )
        ELSE rules -> name
    END), '{}')
    FROM (SELECT jsonb_object_keys(rules) UNION SELECT unnest(categories)) AS named (name)
$$;

-- Switch email off for a person, as a link in an email asks: for some categories, or (NULL) for all that can be
-- switched off. This becomes a choice of the person, so it precedes the defaults of all categories. Return true if
-- anything is stored about the person. For an unknown person no row is inserted, so that a link does not bring back an
-- erased person.
--
-- The choice is computed from the locked row, so that no choice stored at the same time is lost. A repeat changes
-- nothing. Preferences are locked before contact data, as erasing does.
CREATE OR REPLACE FUNCTION unsubscribe(person text, categories text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    chose boolean;
BEGIN
    PERFORM FROM preferences WHERE user_id = person FOR UPDATE;
    chose := FOUND;
    -- Wait for an erasing of this person: then there is no row. An erasing that begins now waits for this transaction.
    PERFORM FROM recipients WHERE user_id = person FOR KEY SHARE;
    IF NOT FOUND AND NOT chose THEN
        RETURN false;
    END IF;
    INSERT INTO preferences AS p (user_id, channels, rules, updated_at)
    VALUES (
        person, CASE WHEN categories IS NULL THEN '{"email": false}'::jsonb ELSE '{}' END,
        without_email('{}', categories), current_moment()
    )
    ON CONFLICT (user_id) DO UPDATE
    SET
        channels = p.channels || excluded.channels,
        rules = without_email(p.rules, categories), updated_at = excluded.updated_at
    WHERE p.channels <> p.channels || excluded.channels OR p.rules <> without_email(p.rules, categories);
    RETURN true;
END
$$;
