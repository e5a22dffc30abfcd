-- Log an action before it begins, because it runs more than one statement.
INSERT INTO notification_operator_log (at, operator, action, arguments, affected)
VALUES (notification_now(), %(operator)s, %(action)s, %(log)s, %(affected)s)
RETURNING id
