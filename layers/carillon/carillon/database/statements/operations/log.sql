SELECT at, operator, action, arguments, affected FROM operator_log ORDER BY id DESC LIMIT %(limit)s
