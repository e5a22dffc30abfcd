-- What a person chose (NULL: the stack's default), what follows from it in each category, and how they can be reached.
-- Always one row.
SELECT
    p.in_app_enabled, p.email_enabled, p.push_enabled, p.digest_minutes, p.rules, p.updated_at,
    CASE WHEN p.quiet_from IS NOT NULL THEN
        jsonb_build_object('from', to_char(p.quiet_from, 'HH24:MI'), 'to', to_char(p.quiet_to, 'HH24:MI'))
    END AS quiet_hours,
    notification_settings_page(
        %(categories)s::text[], p.rules, p.email_enabled, p.push_enabled, p.digest_minutes, %(settings)s
    ) AS categories,
    coalesce(r.timezone, %(settings)s::jsonb ->> 'timezone') AS timezone,
    r.email IS NOT NULL AS address_known,
    notification_email_status(r.email) AS email_status,
    EXISTS (SELECT FROM notification_devices AS d WHERE d.user_id = %(user_id)s AND d.enabled) AS device_known
FROM (SELECT) AS one
LEFT JOIN notification_preferences AS p ON p.user_id = %(user_id)s
LEFT JOIN notification_recipients AS r ON r.user_id = %(user_id)s
