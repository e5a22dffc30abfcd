-- Return the effective rules of a person for each category and channel, as a settings page shows them. They are the
-- rules of 20_routing.sql for an event with the name of the category.
CREATE OR REPLACE FUNCTION settings_page(
    categories text[],
    rules jsonb,  -- the person's, by category and channel; NULL: the person never chose
    email_enabled boolean,
    push_enabled boolean,
    digest_minutes integer,
    settings jsonb
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(page ORDER BY position), '[]')
    FROM unnest(categories) WITH ORDINALITY AS listed (category, position)
    CROSS JOIN LATERAL stack_defaults(category, settings) AS defaults
    CROSS JOIN LATERAL (
        SELECT
            jsonb_build_object(
                'name', category,
                'only_if_unread_minutes', defaults #> '{email,only_if_unread_minutes}',
                'mandatory', coalesce(jsonb_agg(channel ORDER BY channel) FILTER (WHERE rule ? 'mandatory'), '[]')
            )
            || jsonb_object_agg(channel, CASE
                WHEN rule ? 'mandatory' THEN jsonb_build_object(
                    'enabled', true, 'minimum_severity', 'info', 'grouping', 'now',
                    'rule', 'category:' || (rule ->> 'mandatory'), 'switchable', false
                )
                ELSE jsonb_build_object(
                    'enabled', rule -> 'enabled', 'minimum_severity', rule -> 'minimum_severity',
                    'grouping', CASE WHEN rule -> 'grouping' = '0' THEN '"now"' ELSE rule -> 'grouping' END,
                    'rule', rule -> 'enabled_by', 'switchable', true
                )
            END) AS page
        FROM (VALUES ('email', email_enabled), ('push', push_enabled)) AS general (channel, enabled)
        CROSS JOIN LATERAL effective_rule(channel, category, rules, enabled, digest_minutes, defaults) AS rule
    ) AS pages
$$;
