SELECT locale FROM notification_recipients WHERE user_id = %(user_id)s
