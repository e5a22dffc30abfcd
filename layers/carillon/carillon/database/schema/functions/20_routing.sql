-- The routing rules: the stack and the person decide for each event and channel whether to send. 21_schedule.sql
-- computes the time, and 22_place.sql chooses the delivery. Reasons are a closed list: docs/routing.md.

-- Return the rank of a severity, from the least urgent to the most, or NULL for an unknown one. A minimum severity is
-- compared by it, and the CHECK of notifications.severity calls it. Never remove a severity: its rows could no longer
-- change.
CREATE OR REPLACE FUNCTION notification_urgency(severity text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['info', 'success', 'warning', 'critical'], severity)
$$;

-- Return the categories of an event, the most specific first: invoice.payment_failed, then invoice.
CREATE OR REPLACE FUNCTION notification_categories(event text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(array_to_string(words[:depth], '.') ORDER BY depth DESC)
    FROM (SELECT string_to_array(event, '.')) AS split (words), generate_series(1, cardinality(words)) AS depth
$$;

-- Return the value at a path from the most specific category whose rule has one.
CREATE OR REPLACE FUNCTION notification_most_specific(rules jsonb, categories text[], path text[])
RETURNS TABLE (category text, said jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT category, rules #> (category || path)
    FROM unnest(categories) WITH ORDINALITY AS listed (category, position)
    WHERE rules #> (category || path) IS NOT NULL
    ORDER BY position
    LIMIT 1
$$;

-- Merge the rules by category at a path. Each part comes from the most specific category that has it, and `said_by`
-- names that category. So a rule of invoice.paid that has only a grouping keeps the switch of invoice.
CREATE OR REPLACE FUNCTION notification_said(rules jsonb, categories text[], path text[])
RETURNS TABLE (said jsonb, said_by jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(part, said ORDER BY position DESC), jsonb_object_agg(part, category ORDER BY position DESC)
    FROM unnest(categories) WITH ORDINALITY AS listed (category, position)
    CROSS JOIN LATERAL jsonb_each(rules #> (category || path)) AS parts (part, said)
    WHERE said <> 'null'
$$;

-- Return the stack's rule about an event for each channel: the default of its category, else the stack's own default.
-- The keys `…_by` name the rule, and the stored routing repeats that name.
CREATE OR REPLACE FUNCTION notification_defaults(event text, settings jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(channel, jsonb_strip_nulls(jsonb_build_object(
        'enabled', coalesce(theirs.said -> 'enabled', settings -> (channel || '_enabled')),
        'enabled_by', coalesce('category:' || (theirs.said_by ->> 'enabled'), 'stack'),
        'minimum_severity', coalesce(theirs.said -> 'minimum_severity', '"warning"'),
        'severity_by', coalesce('category:' || (theirs.said_by ->> 'minimum_severity'), 'stack'),
        'grouping', coalesce(theirs.said -> 'grouping', settings -> 'digest_minutes', '5'),
        'only_if_unread_minutes', patience.said,
        'mandatory', CASE WHEN duty.said ? channel THEN duty.category END
    )))
    FROM (SELECT notification_categories(event), settings -> 'categories') AS known (categories, rules)
    CROSS JOIN unnest(ARRAY['email', 'push']) AS channel
    CROSS JOIN LATERAL notification_said(rules, categories, ARRAY['default', channel]) AS theirs
    LEFT JOIN LATERAL notification_most_specific(rules, categories, '{only_if_unread_minutes}') AS patience ON true
    LEFT JOIN LATERAL notification_most_specific(rules, categories, '{mandatory}') AS duty ON true
$$;

-- Return the effective rule of a person on a channel. Each part comes from the person's rule for the most specific
-- category, else from the person's general choice, else from the stack's defaults for the event.
CREATE OR REPLACE FUNCTION notification_rule(
    channel text,
    event text,
    rules jsonb,  -- the person's, by category and channel
    enabled boolean,  -- the person's general choice; NULL: the person never chose
    digest_minutes integer,
    defaults jsonb  -- notification_defaults
) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    rule jsonb := defaults -> channel;
    mine record;
BEGIN
    IF enabled IS NOT NULL THEN
        rule := rule || jsonb_build_object('enabled', enabled, 'enabled_by', 'user');
    END IF;
    IF digest_minutes IS NOT NULL THEN
        rule := rule || jsonb_build_object('grouping', digest_minutes);
    END IF;
    IF rules IS NULL OR rules = '{}' THEN
        RETURN rule;
    END IF;
    SELECT * INTO mine FROM notification_said(rules, notification_categories(event), ARRAY[channel]);
    rule := rule || jsonb_strip_nulls(jsonb_build_object(
        'enabled_by', 'user:' || (mine.said_by ->> 'enabled'),
        'severity_by', 'user:' || (mine.said_by ->> 'minimum_severity')
    ));
    RETURN rule || coalesce(mine.said, '{}');
END
$$;

-- Return the reason why this person cannot be reached on this channel, or NULL.
CREATE OR REPLACE FUNCTION notification_off_reason(
    channel text,
    set_up boolean,  -- the stack has the settings of this channel
    reachable boolean,  -- the person has an address, or an enabled device
    email_status text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT set_up THEN 'not_configured'
        WHEN NOT reachable THEN CASE channel
            WHEN 'email' THEN 'no_address'
            WHEN 'push' THEN 'no_device'
            ELSE notification_unknown_channel(channel)
        END
        WHEN channel = 'email' AND email_status <> 'ok' THEN email_status  -- bounced, complained
    END
$$;

-- Return the route of one notification on one channel, before its time and the limits. Create calls it, and the final
-- check before sending calls it again. 30_create.sql lists the keys of a route.
CREATE OR REPLACE FUNCTION notification_route(off_reason text, severity text, rule jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    hourly boolean := rule ->> 'grouping' = 'hourly';
    minutes integer := CASE rule ->> 'grouping'
        WHEN 'hourly' THEN 60 WHEN 'now' THEN 0 ELSE (rule ->> 'grouping')::integer END;
    unread_minutes integer := coalesce((rule ->> 'only_if_unread_minutes')::integer, 0);
    -- By default, a severity below warning is not sent. If it is, the rule that lowered minimum_severity is the reason.
    rule_name text := rule ->> CASE
        WHEN notification_urgency(severity) < notification_urgency('warning') THEN 'severity_by' ELSE 'enabled_by' END;
BEGIN
    IF off_reason IS NOT NULL THEN
        RETURN jsonb_build_object('action', 'off', 'reason', off_reason);
    END IF;
    IF rule ? 'mandatory' THEN
        RETURN jsonb_build_object(
            'action', 'now', 'reason', 'mandatory', 'rule', 'category:' || (rule ->> 'mandatory'), 'mandatory', true
        );
    END IF;
    IF NOT (rule -> 'enabled')::boolean THEN
        RETURN jsonb_build_object('action', 'off', 'reason', 'disabled', 'rule', rule -> 'enabled_by');
    END IF;
    IF notification_urgency(severity) < notification_urgency(rule ->> 'minimum_severity') THEN
        RETURN jsonb_build_object('action', 'off', 'reason', 'below_severity', 'rule', rule -> 'severity_by');
    END IF;
    IF severity = 'critical' OR (minutes = 0 AND unread_minutes = 0) THEN
        RETURN jsonb_build_object('action', 'now', 'reason', 'severity_' || severity, 'rule', rule_name);
    END IF;
    IF unread_minutes > minutes AND NOT hourly THEN
        RETURN jsonb_build_object(
            'action', 'digest', 'reason', 'only_if_unread', 'rule', rule_name, 'grouping', unread_minutes
        );
    END IF;
    RETURN jsonb_build_object('action', 'digest', 'reason', 'severity_' || severity, 'rule', rule_name) || CASE
        WHEN hourly THEN jsonb_build_object('grouping', 'hourly', 'only_if_unread_minutes', unread_minutes)
        ELSE jsonb_build_object('grouping', minutes)
    END;
END
$$;

-- Return the routes of one person on all channels, with the data that schedule and sending need. Call it LATERAL, once
-- for each person: so the planner must use the primary keys, also for a request with many people.
CREATE OR REPLACE FUNCTION notification_reach(person text, event text, severity text, defaults jsonb, settings jsonb)
RETURNS TABLE (
    in_app boolean, email_route jsonb, push_route jsonb, email text, locale text, timezone text,
    quiet_from time, quiet_to time
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        coalesce(p.in_app_enabled, (settings ->> 'in_app_enabled')::boolean),
        notification_route(
            notification_off_reason(
                'email', settings -> 'channels' ? 'email', r.email IS NOT NULL, notification_email_status(r.email)
            ),
            severity, notification_rule('email', event, p.rules, p.email_enabled, p.digest_minutes, defaults)
        ),
        notification_route(
            notification_off_reason(
                'push', settings -> 'channels' ? 'push',
                EXISTS (SELECT FROM notification_devices AS d WHERE d.user_id = person AND d.enabled), NULL
            ),
            severity, notification_rule('push', event, p.rules, p.push_enabled, p.digest_minutes, defaults)
        ),
        r.email, r.locale, coalesce(r.timezone, settings ->> 'timezone', 'UTC'), p.quiet_from, p.quiet_to
    FROM (SELECT) AS one
    LEFT JOIN notification_preferences AS p ON p.user_id = person
    LEFT JOIN notification_recipients AS r ON r.user_id = person
$$;
