-- Return the delivery history of a notification.
SELECT story FROM stories(ARRAY[%(id)s::uuid])
