-- The answer about a person's preferences: the choices (NULL: the stack's default applies), the effective rules of each
-- category, and what prevents sending. Python makes the answer of the API: people/preferences.py.
-- The body is one expression, so the planner inlines it.
CREATE OR REPLACE FUNCTION preferences_answer(
    p preferences,
    email text,
    timezone text,  -- of the contact data
    device_known boolean,  -- the person has an enabled device
    settings jsonb
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'in_app_enabled', p.in_app_enabled, 'channels', coalesce(p.channels, '{}'),
        'digest_minutes', p.digest_minutes, 'rules', p.rules, 'updated_at', p.updated_at,
        'quiet_hours', CASE WHEN p.quiet_from IS NOT NULL THEN
            jsonb_build_object('from', to_char(p.quiet_from, 'HH24:MI'), 'to', to_char(p.quiet_to, 'HH24:MI'))
        END,
        'categories', settings_page(stack_rules(settings), p),
        'timezone', coalesce(p.timezone, timezone, settings ->> 'timezone'),
        'timezone_known', coalesce(p.timezone, timezone) IS NOT NULL,
        'address_known', email IS NOT NULL, 'email_status', email_status(email),
        'device_known', device_known
    )
$$;
