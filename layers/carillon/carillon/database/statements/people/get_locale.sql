SELECT locale FROM recipients WHERE user_id = %(user_id)s
