-- Return the effective rules of a person for each declared category and channel, as a settings page shows them. They are
-- the rules of 20_routing.sql for an event with the name of the category. Python merges them with the categories.
CREATE OR REPLACE FUNCTION settings_page(
    rules stack_rule[],  -- those of the declared categories, and of all other events
    p preferences  -- NULL: the person never chose
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(page.category, page.channels), '{}')
    FROM (
        SELECT stack.category, jsonb_object_agg(stack.channel, CASE
            WHEN stack.mandatory_by IS NOT NULL THEN jsonb_build_object(
                'enabled', true, 'minimum_severity', 'info', 'grouping', 'now',
                'rule', 'category:' || stack.mandatory_by, 'switchable', false
            )
            ELSE jsonb_build_object(
                'enabled', mine.enabled, 'minimum_severity', mine.minimum_severity,
                'grouping', CASE
                    WHEN mine."grouping" = '0' THEN '"now"'
                    WHEN mine."grouping" ~ '^[0-9]+$' THEN to_jsonb(mine."grouping"::integer)
                    ELSE to_jsonb(mine."grouping")
                END,
                'rule', mine.enabled_by, 'switchable', true
            )
        END) AS channels
        FROM unnest(rules) AS stack
        CROSS JOIN LATERAL effective_rule(
            stack, categories_of(stack.category), p.channels, p.digest_minutes, p.rules
        ) AS mine
        GROUP BY stack.category
    ) AS page
$$;
