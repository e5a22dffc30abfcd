-- What a person chose (NULL: the stack's default) and whether there is an address to send email to. Always one row.
SELECT
    p.in_app_enabled, p.email_enabled, p.push_enabled, p.digest_minutes, p.updated_at,
    r.email IS NOT NULL AS address_known
FROM (SELECT) AS one
LEFT JOIN notification_preferences AS p ON p.user_id = %(user_id)s
LEFT JOIN notification_recipients AS r ON r.user_id = %(user_id)s
