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

-- Return the choices that an unsubscribing changes, as preferences.unsubscribed stores them.
CREATE OR REPLACE FUNCTION former_choices(channels jsonb, rules jsonb, categories text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(name, rules #> ARRAY[name, 'email', 'enabled']), '{}')
        || CASE WHEN categories IS NULL AND channels -> 'email' IS DISTINCT FROM 'false'
            THEN jsonb_build_object('', channels -> 'email') ELSE '{}' END
    FROM jsonb_each(without_email(rules, categories)) AS left_over (name, rule)
    WHERE rule IS DISTINCT FROM rules -> name
$$;

-- Switch email off for a person, as a link in an email asks: for some categories, or (NULL) for all that can be
-- switched off. This becomes a choice of the person, so it precedes the defaults of all categories. Return true if
-- anything is stored about the person. For an unknown person no row is inserted, so that a link does not bring back an
-- erased person.
--
-- The choice is computed from the locked row, so that no choice stored at the same time is lost. A repeat changes
-- nothing. Preferences are locked before contact data, as erasing does. So a person without preferences gets a row
-- first. An unsubscribing that held the contact data and inserted one afterwards would wait for an erasing, and the
-- erasing for the contact data.
CREATE OR REPLACE FUNCTION unsubscribe(person text, categories text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    scope constant text := CASE WHEN categories IS NULL THEN 'all' ELSE 'some' END;
    switched constant jsonb := CASE WHEN categories IS NULL THEN '{"email": false}' ELSE '{}' END;
BEGIN
    INSERT INTO preferences (user_id, updated_at) VALUES (person, current_moment()) ON CONFLICT (user_id) DO NOTHING;
    IF FOUND AND NOT EXISTS (SELECT FROM recipients WHERE user_id = person) THEN
        DELETE FROM preferences WHERE user_id = person;
        RETURN false;
    END IF;
    PERFORM FROM preferences WHERE user_id = person FOR UPDATE;
    IF NOT FOUND THEN  -- the person was erased during the wait
        RETURN false;
    END IF;
    UPDATE preferences AS p
    SET
        channels = p.channels || switched,
        rules = without_email(p.rules, categories), updated_at = current_moment(),
        unsubscribed = p.unsubscribed || jsonb_build_object(
            scope, coalesce(p.unsubscribed -> scope, '{}') || former_choices(p.channels, p.rules, categories)
        )
    WHERE p.user_id = person
        AND (p.channels <> p.channels || switched OR p.rules <> without_email(p.rules, categories));
    RETURN true;
END
$$;

-- Return the rules with the choice about email for a category: true, or (NULL) none.
CREATE OR REPLACE FUNCTION with_choice(rules jsonb, category text, choice jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN choice IS NOT NULL THEN rules || jsonb_build_object(category, coalesce(rules -> category, '{}')
            || jsonb_build_object('email', coalesce(rules #> ARRAY[category, 'email'], '{}')
                || jsonb_build_object('enabled', choice)))
        WHEN rules -> category = '{"email": {"enabled": false}}' THEN rules - category
        WHEN rules #> ARRAY[category, 'email'] = '{"enabled": false}' THEN rules #- ARRAY[category, 'email']
        ELSE rules #- ARRAY[category, 'email', 'enabled']
    END
$$;

-- Switch email on again for a person who unsubscribed by a link: for some categories, or (NULL) for all. Each choice that
-- is still off gets the value from before the unsubscribing. A link about categories then has email on for each of them,
-- also if the person had switched it off in another way. A link about all has the switch on, if nothing is known about
-- the time before. Return false if no choice is stored about the person. A repeat changes nothing.
CREATE OR REPLACE FUNCTION resubscribe(person text, categories text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    scope constant text := CASE WHEN categories IS NULL THEN 'all' ELSE 'some' END;
    stored preferences;
    wanted preferences;
    name text;
    former jsonb;
BEGIN
    SELECT p.* INTO stored FROM preferences AS p WHERE p.user_id = person FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    wanted := stored;
    FOR name, former IN SELECT * FROM jsonb_each(stored.unsubscribed -> scope) LOOP
        former := nullif(former, 'null');
        IF name = '' AND wanted.channels -> 'email' = 'false' THEN
            wanted.channels := wanted.channels - 'email' || jsonb_strip_nulls(jsonb_build_object('email', former));
        ELSIF (categories IS NULL OR categories_of(name) && categories)
            AND wanted.rules #> ARRAY[name, 'email', 'enabled'] = 'false' THEN
            wanted.rules := with_choice(wanted.rules, name, former);
        END IF;
    END LOOP;
    IF categories IS NULL AND wanted.channels -> 'email' = 'false' AND stored.unsubscribed -> scope IS NULL THEN
        wanted.channels := wanted.channels || '{"email": true}';
    END IF;
    FOREACH name IN ARRAY coalesce(categories, '{}') LOOP
        IF 'false' = coalesce((
            SELECT wanted.rules #> ARRAY[above.category, 'email', 'enabled']
            FROM unnest(categories_of(name)) WITH ORDINALITY AS above (category, depth)
            WHERE wanted.rules #> ARRAY[above.category, 'email', 'enabled'] IS NOT NULL
            ORDER BY above.depth DESC
            LIMIT 1
        ), wanted.channels -> 'email') THEN
            wanted.rules := with_choice(wanted.rules, name, 'true');
        END IF;
    END LOOP;
    UPDATE preferences AS p
    SET channels = wanted.channels, rules = wanted.rules, updated_at = current_moment()
    WHERE p.user_id = person AND (p.channels, p.rules) IS DISTINCT FROM (wanted.channels, wanted.rules);
    RETURN true;
END
$$;
