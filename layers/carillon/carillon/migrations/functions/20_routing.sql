-- The routing rules, top to bottom. Reasons are a closed list: docs/architecture.md.

-- Why nothing may leave for this person on this channel, or NULL. Asked when a notification is recorded and again
-- at the last moment before it is sent.
CREATE OR REPLACE FUNCTION notification_off_reason(
    channel text,
    set_up boolean,  -- the stack has what this channel needs
    reachable boolean,  -- there is an address, or an enabled device
    email_status text,
    enabled boolean  -- the recipient's preference, or the stack's default
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT set_up THEN 'not_configured'
        WHEN NOT reachable THEN CASE channel WHEN 'email' THEN 'no_address' ELSE 'no_device' END
        WHEN channel = 'email' AND email_status <> 'ok' THEN email_status  -- bounced, complained
        WHEN NOT enabled THEN 'disabled'
    END
$$;

-- One channel's answer for one notification.
CREATE OR REPLACE FUNCTION notification_route(off_reason text, severity text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN off_reason IS NOT NULL THEN jsonb_build_object('action', 'off', 'reason', off_reason)
        WHEN severity IN ('info', 'success') THEN '{"action": "off", "reason": "below_severity"}'
        WHEN severity = 'critical' THEN '{"action": "now", "reason": "severity_critical"}'
        ELSE '{"action": "now", "reason": "severity_warning"}'
    END
$$;

-- What routing looks at besides the notification. Called LATERAL, once a person: the planner then cannot but use
-- the primary keys, however many people a request names.
CREATE OR REPLACE FUNCTION notification_reach(person text, settings jsonb)
RETURNS TABLE (in_app boolean, email_off text, push_off text, email text, locale text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        coalesce(p.in_app_enabled, (settings ->> 'in_app_enabled')::boolean),
        notification_off_reason(
            'email', settings -> 'channels' ? 'email', r.email IS NOT NULL, r.email_status,
            coalesce(p.email_enabled, (settings ->> 'email_enabled')::boolean)
        ),
        notification_off_reason(
            'push', settings -> 'channels' ? 'push',
            EXISTS (SELECT FROM notification_devices AS d WHERE d.user_id = person AND d.enabled),
            NULL, coalesce(p.push_enabled, (settings ->> 'push_enabled')::boolean)
        ),
        r.email, r.locale
    FROM (SELECT) AS one
    LEFT JOIN notification_preferences AS p ON p.user_id = person
    LEFT JOIN notification_recipients AS r ON r.user_id = person
$$;
