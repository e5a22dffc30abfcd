-- Switch email off as a link asks, see database/schema/functions/24_unsubscribe.sql; with the language to say so in.
SELECT
    notification_unsubscribe(%(user_id)s, %(categories)s::text[]) AS known,
    (SELECT locale FROM notification_recipients WHERE user_id = %(user_id)s) AS locale
