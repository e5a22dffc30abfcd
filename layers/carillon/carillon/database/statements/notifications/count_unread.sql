-- Return the unread count of a person: exact up to 1,000.
SELECT unread_count FROM unread(%(user_id)s)
