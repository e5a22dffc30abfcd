-- Retract a notification by its id, or by its person and key: database/schema/functions/32_retract.sql.
SELECT retract(%(id)s::uuid, %(user_id)s::text, %(key)s::text, %(creator)s::text) AS answer
