-- The answer about a person's preferences: the choices (NULL: the stack's default applies), the effective rule of each
-- category, and the contact data that sending needs. The model is Preferences in models/preferences.py.
-- The body is one expression, so the planner inlines it.
CREATE OR REPLACE FUNCTION preferences_answer(
    p preferences,
    email text,
    timezone text,
    device_known boolean,  -- the person has an enabled device
    categories text[],  -- the names of those that the answer lists
    settings jsonb
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'in_app_enabled', p.in_app_enabled, 'email_enabled', p.email_enabled, 'push_enabled', p.push_enabled,
        'digest_minutes', p.digest_minutes, 'rules', p.rules, 'updated_at', p.updated_at,
        'quiet_hours', CASE WHEN p.quiet_from IS NOT NULL THEN
            jsonb_build_object('from', to_char(p.quiet_from, 'HH24:MI'), 'to', to_char(p.quiet_to, 'HH24:MI'))
        END,
        'categories', settings_page(
            categories, p.rules, p.email_enabled, p.push_enabled, p.digest_minutes, settings
        ),
        'timezone', coalesce(timezone, settings ->> 'timezone'),
        'address_known', email IS NOT NULL, 'email_status', email_status(email),
        'device_known', device_known
    )
$$;
