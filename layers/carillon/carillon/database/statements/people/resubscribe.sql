-- Switch email on again for the person of a link: database/schema/functions/24_unsubscribe.sql. Return the locale for the
-- page.
SELECT
    resubscribe(%(user_id)s, %(categories)s::text[]) AS known,
    (SELECT locale FROM recipients WHERE user_id = %(user_id)s) AS locale
