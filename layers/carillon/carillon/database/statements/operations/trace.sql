-- All that is stored about a notification's way.
SELECT story FROM notification_stories(ARRAY[%(id)s::uuid])
