-- The routing rules: the stack and the person decide for each event and channel whether to send. 21_schedule.sql
-- computes the time, and 22_place.sql chooses the delivery. Reasons are a closed list: docs/routing.md.
--
-- The stack's side is known before a statement is sent, so Python computes it: settings/routing.py. The person's side
-- needs their rows, so it is here.
--
-- The functions are PL/pgSQL. Before version 18, PostgreSQL plans the body of an SQL function again for each query.

-- Return the categories of an event, the least specific first: invoice, then invoice.payment_failed.
CREATE OR REPLACE FUNCTION categories_of(event text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    category text;
    word text;
    categories text[] := '{}';
BEGIN
    FOREACH word IN ARRAY string_to_array(event, '.') LOOP
        category := coalesce(category || '.', '') || word;
        categories := categories || category;
    END LOOP;
    RETURN categories;
END
$$;

-- Return the rule for a person: the stack's rule, with the person's general choices and then with the person's rules by
-- category. Each part comes from the most specific category that has it. So a rule of invoice.paid that has only a
-- grouping keeps the switch of invoice.
CREATE OR REPLACE FUNCTION effective_rule(
    rule stack_rule,
    categories text[],  -- of the event: categories_of
    channels jsonb,  -- the person's switch of each channel; NULL: the person never chose
    digest_minutes integer,
    rules jsonb  -- the person's, by category and channel
) RETURNS stack_rule
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    category text;
    mine jsonb;
BEGIN
    IF channels ->> rule.channel IS NOT NULL THEN
        rule.enabled := channels ->> rule.channel;
        rule.enabled_by := 'user';
        rule.minimum_severity := coalesce(rule.chosen_severity, rule.minimum_severity);
        rule.severity_by := coalesce(rule.chosen_severity_by, rule.severity_by);
    END IF;
    rule."grouping" := coalesce(digest_minutes::text, rule."grouping");
    IF rules IS NULL OR rules = '{}' THEN
        RETURN rule;
    END IF;
    FOREACH category IN ARRAY categories LOOP
        mine := rules -> category -> rule.channel;
        IF mine ->> 'enabled' IS NOT NULL THEN
            rule.enabled := mine ->> 'enabled';
            rule.enabled_by := 'user:' || category;
            IF NOT starts_with(rule.severity_by, 'user:') THEN
                rule.minimum_severity := coalesce(rule.chosen_severity, rule.minimum_severity);
                rule.severity_by := coalesce(rule.chosen_severity_by, rule.severity_by);
            END IF;
        END IF;
        IF mine ->> 'minimum_severity' IS NOT NULL THEN
            rule.minimum_severity := mine ->> 'minimum_severity';
            rule.severity_by := 'user:' || category;
        END IF;
        rule."grouping" := coalesce(mine ->> 'grouping', rule."grouping");
    END LOOP;
    RETURN rule;
END
$$;

-- Return the route of one notification on one channel, before its time and the limit.
CREATE OR REPLACE FUNCTION route(rule stack_rule, severity severity, obstacle text) RETURNS route
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    made route;
    unread_minutes integer := coalesce(rule.only_if_unread_minutes, 0);
BEGIN
    made.channel := rule.channel;
    made.per_minute := rule.per_minute;
    made.action := 'off';
    IF NOT rule.set_up OR obstacle IS NOT NULL THEN
        made.reason := CASE WHEN rule.set_up THEN obstacle ELSE 'not_configured' END;
        RETURN made;
    ELSIF rule.mandatory_by IS NOT NULL THEN
        made.action := 'now';
        made.reason := 'mandatory';
        made.rule := 'category:' || rule.mandatory_by;
        made.mandatory := true;
        RETURN made;
    ELSIF NOT rule.enabled THEN
        made.reason := 'disabled';
        made.rule := rule.enabled_by;
        RETURN made;
    ELSIF severity < rule.minimum_severity THEN
        made.reason := 'below_severity';
        made.rule := rule.severity_by;
        RETURN made;
    END IF;
    made.reason := 'severity_' || severity;
    -- By default, nothing below a warning is sent. If it is, the rule that lowered minimum_severity is the reason.
    made.rule := CASE WHEN severity < 'warning' THEN rule.severity_by ELSE rule.enabled_by END;
    made.minutes := CASE rule."grouping" WHEN 'now' THEN 0 WHEN 'hourly' THEN NULL ELSE rule."grouping"::integer END;
    IF severity = 'critical' OR (made.minutes = 0 AND unread_minutes = 0) THEN
        made.action := 'now';
        made.minutes := 0;
    ELSE
        made.action := 'digest';
        IF made.minutes IS NULL THEN
            made.only_if_unread_minutes := unread_minutes;
        ELSIF unread_minutes > made.minutes THEN
            made.minutes := unread_minutes;
            made.reason := 'only_if_unread';
        END IF;
    END IF;
    RETURN made;
END
$$;

-- Return the stack's rules from the JSON of settings/routing.py.
CREATE OR REPLACE FUNCTION stack_rules(settings jsonb) RETURNS stack_rule[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (jsonb_populate_record(NULL::routing_settings, settings)).rules;
END
$$;

-- Return what routing knows about each person. One statement reads it for all people of a request.
CREATE OR REPLACE FUNCTION recipient_states(people text[]) RETURNS SETOF recipient_state
LANGUAGE sql STABLE AS $$
    SELECT
        c.user_id, p.in_app_enabled, p.channels, p.digest_minutes, p.rules, p.quiet_from, p.quiet_to,
        c.obstacles, coalesce(p.timezone, c.timezone)
    FROM contacts(people) AS c
    LEFT JOIN LATERAL (SELECT * FROM preferences AS p WHERE p.user_id = c.user_id OFFSET 0) AS p ON true
$$;

-- Return the route of one person on the channel of a rule. Create calls it, and the final check before sending calls it
-- again. Without a rule of the person, the categories do not matter and may be NULL.
CREATE OR REPLACE FUNCTION route_for(mine recipient_state, rule stack_rule, categories text[], severity severity)
RETURNS route
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT mine.obstacles ? rule.channel THEN
        PERFORM unknown_channel(rule.channel);
    END IF;
    RETURN route(
        effective_rule(rule, categories, mine.channels, mine.digest_minutes, mine.rules), severity,
        mine.obstacles ->> rule.channel
    );
END
$$;

-- Return the routes of one person on all channels of the rules, and what their time depends on.
CREATE OR REPLACE FUNCTION plan_recipient(
    mine recipient_state, categories text[], severity severity, settings routing_settings
) RETURNS recipient_plan
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    plan recipient_plan;
    stack stack_rule;
    made route;
BEGIN
    plan.user_id := mine.user_id;
    plan.in_app := coalesce(mine.in_app_enabled, settings.in_app_enabled);
    plan.timezone := coalesce(mine.timezone, settings.timezone);
    plan.quiet_from := mine.quiet_from;
    plan.quiet_to := mine.quiet_to;
    plan.sends := false;
    FOREACH stack IN ARRAY settings.rules LOOP
        made := route_for(mine, stack, categories, severity);
        plan.sends := plan.sends OR made.action <> 'off';
        plan.routes := plan.routes || made;
    END LOOP;
    RETURN plan;
END
$$;
