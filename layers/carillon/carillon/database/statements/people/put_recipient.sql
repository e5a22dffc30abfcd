-- Store all contact data of a person.
INSERT INTO recipients (user_id, email, locale, timezone, updated_at)
VALUES (%(user_id)s, %(email)s, %(locale)s, %(timezone)s, current_moment())
ON CONFLICT (user_id) DO UPDATE SET
    email = excluded.email, locale = excluded.locale, timezone = excluded.timezone, updated_at = excluded.updated_at
RETURNING user_id, email, coalesce(email_status(email), 'ok') AS email_status, locale, timezone, updated_at
