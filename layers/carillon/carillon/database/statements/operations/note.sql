-- Log an action before it begins, because it runs more than one statement.
INSERT INTO operator_log (at, operator, action, arguments, affected)
VALUES (current_moment(), %(operator)s, %(action)s, %(log)s, %(affected)s)
RETURNING id
