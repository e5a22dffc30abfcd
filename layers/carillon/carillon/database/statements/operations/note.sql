-- An act that is not one statement leaves its line before it begins.
INSERT INTO notification_operator_log (at, operator, action, arguments, affected)
VALUES (notification_now(), %(operator)s, %(action)s, %(log)s, %(affected)s)
RETURNING id
