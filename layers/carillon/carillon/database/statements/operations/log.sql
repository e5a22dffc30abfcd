SELECT at, operator, action, arguments, affected FROM notification_operator_log ORDER BY id DESC LIMIT %(limit)s
