-- Rules by category as they are once email is off for some categories, or (NULL) for all: what says that it is on there, or
-- anywhere below, says that it is off. All else that rules say stays.
CREATE OR REPLACE FUNCTION notification_without_email(rules jsonb, categories text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(name, CASE
        WHEN name = ANY (categories) OR (
            rules #> ARRAY[name, 'email', 'enabled'] = 'true'
            AND (categories IS NULL OR notification_categories(name) && categories)
        ) THEN coalesce(rules -> name, '{}') || jsonb_build_object(
            'email', coalesce(rules #> ARRAY[name, 'email'], '{}') || '{"enabled": false}'
        )
        ELSE rules -> name
    END), '{}')
    FROM (SELECT jsonb_object_keys(rules) UNION SELECT unnest(categories)) AS named (name)
$$;

-- Switch email off for a person, as a link in an email asks: for some categories, or (NULL) all that can be switched off.
-- It then is a choice of theirs like any other, and comes before the defaults of all categories. Returns whether anything is
-- stored about the person: for nobody else a row is made, so that a link does not bring back who was erased.
--
-- The choice is made of the row as it is when it is locked, so that nothing is lost that is stored at the same time. Repeated,
-- it changes nothing. Preferences, then contact data are locked: everybody's order.
CREATE OR REPLACE FUNCTION notification_unsubscribe(person text, categories text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    chose boolean;
BEGIN
    PERFORM FROM notification_preferences WHERE user_id = person FOR UPDATE;
    chose := FOUND;
    -- Whoever is being erased is waited for, and is gone then; who would be erased next stays until we are done.
    PERFORM FROM notification_recipients WHERE user_id = person FOR KEY SHARE;
    IF NOT FOUND AND NOT chose THEN
        RETURN false;
    END IF;
    INSERT INTO notification_preferences AS p (user_id, email_enabled, rules, updated_at)
    VALUES (
        person, CASE WHEN categories IS NULL THEN false END, notification_without_email('{}', categories),
        notification_now()
    )
    ON CONFLICT (user_id) DO UPDATE
    SET
        email_enabled = CASE WHEN categories IS NULL THEN false ELSE p.email_enabled END,
        rules = notification_without_email(p.rules, categories), updated_at = excluded.updated_at
    WHERE (categories IS NULL AND p.email_enabled IS DISTINCT FROM false)
        OR p.rules <> notification_without_email(p.rules, categories);
    RETURN true;
END
$$;
