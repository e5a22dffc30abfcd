-- Return the delivery history of a notification.
SELECT story FROM notification_stories(ARRAY[%(id)s::uuid])
