-- Return a person's preferences and how to reach them. Always one row.
SELECT preferences_answer(
    p, r.email, r.timezone,
    EXISTS (SELECT FROM devices AS d WHERE d.user_id = %(user_id)s AND d.enabled),
    %(settings)s::jsonb
) AS preferences
FROM (SELECT) AS one
LEFT JOIN preferences AS p ON p.user_id = %(user_id)s
LEFT JOIN recipients AS r ON r.user_id = %(user_id)s
