-- The routing rules, top to bottom: what a stack and a person say about an event, and whether a channel follows.
-- When it leaves is in 21_schedule.sql, in which delivery in 22_place.sql. Reasons are a closed list: docs/routing.md.

-- How urgent a severity is: what a minimum is compared with.
CREATE OR REPLACE FUNCTION notification_urgency(severity text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['info', 'success', 'warning', 'critical'], severity)
$$;

-- The categories of an event, the most specific first: invoice.payment_failed, then invoice.
CREATE OR REPLACE FUNCTION notification_categories(event text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(array_to_string(words[:depth], '.') ORDER BY depth DESC)
    FROM (SELECT string_to_array(event, '.')) AS split (words), generate_series(1, cardinality(words)) AS depth
$$;

-- The most specific of the rules by category that says anything at a path.
CREATE OR REPLACE FUNCTION notification_most_specific(rules jsonb, categories text[], path text[])
RETURNS TABLE (category text, said jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT category, rules #> (category || path)
    FROM unnest(categories) WITH ORDINALITY AS listed (category, position)
    WHERE rules #> (category || path) IS NOT NULL
    ORDER BY position
    LIMIT 1
$$;

-- What the rules by category say at a path, together: each part is that of the most specific category which names it, and
-- `said_by` holds that category. So a rule that only groups invoice.paid leaves the switch of invoice as it is.
CREATE OR REPLACE FUNCTION notification_said(rules jsonb, categories text[], path text[])
RETURNS TABLE (said jsonb, said_by jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(part, said ORDER BY position DESC), jsonb_object_agg(part, category ORDER BY position DESC)
    FROM unnest(categories) WITH ORDINALITY AS listed (category, position)
    CROSS JOIN LATERAL jsonb_each(rules #> (category || path)) AS parts (part, said)
    WHERE said <> 'null'
$$;

-- What the stack says about an event, per channel: the default of its category, else the stack's own.
-- `…_by` names the rule, so that a stored reason can.
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

-- What holds for a person on a channel: their rule for the most specific category, else what they say in general, else
-- the stack's defaults for the event. Each part by itself.
CREATE OR REPLACE FUNCTION notification_rule(
    channel text,
    event text,
    rules jsonb,  -- the person's, by category and channel
    enabled boolean,  -- the person's in general; NULL: they never said
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

-- Why nothing can reach this person on this channel, or NULL.
CREATE OR REPLACE FUNCTION notification_off_reason(
    channel text,
    set_up boolean,  -- the stack has what this channel needs
    reachable boolean,  -- there is an address, or an enabled device
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

-- One channel's answer for one notification, before its time and the limits. Asked when a notification is recorded, and
-- again at the last moment before it is sent. A digest also gets its `grouping`: minutes, or 'hourly'.
CREATE OR REPLACE FUNCTION notification_route(off_reason text, severity text, rule jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    hourly boolean := rule ->> 'grouping' = 'hourly';
    minutes integer := CASE rule ->> 'grouping'
        WHEN 'hourly' THEN 60 WHEN 'now' THEN 0 ELSE (rule ->> 'grouping')::integer END;
    unread_minutes integer := coalesce((rule ->> 'only_if_unread_minutes')::integer, 0);
    -- By default info and success ask for nothing outside: whoever lowered the minimum did.
    asked_by text := CASE WHEN severity IN ('info', 'success') THEN rule ->> 'severity_by' ELSE rule ->> 'enabled_by' END;
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
        RETURN jsonb_build_object('action', 'now', 'reason', 'severity_' || severity, 'rule', asked_by);
    END IF;
    IF unread_minutes > minutes AND NOT hourly THEN
        RETURN jsonb_build_object(
            'action', 'digest', 'reason', 'only_if_unread', 'rule', asked_by, 'grouping', unread_minutes
        );
    END IF;
    RETURN jsonb_build_object('action', 'digest', 'reason', 'severity_' || severity, 'rule', asked_by) || CASE
        WHEN hourly THEN jsonb_build_object('grouping', 'hourly', 'only_if_unread_minutes', unread_minutes)
        ELSE jsonb_build_object('grouping', minutes)
    END;
END
$$;

-- What routing looks at besides the notification. Called LATERAL, once a person: the planner then cannot but use
-- the primary keys, however many people a request names.
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
