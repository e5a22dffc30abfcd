-- Return who will see a scheduled notification within %(ahead)s seconds, and in how many seconds.
--
-- The id of a scheduled notification is made from its send_at (11_uuidv7.sql), so this is a short range of the primary
-- key, however many are scheduled for later. It ends some seconds after the last moment, because clocks may disagree.
SELECT DISTINCT n.user_id, delay_seconds(n.send_at, current_moment()) AS delay_seconds
FROM notifications AS n
WHERE n.id >= uuidv7_floor(current_moment() - interval '5 seconds')
    AND n.id < uuidv7_floor(current_moment() + make_interval(secs => %(ahead)s + 5))
    AND n.send_at > current_moment() AND n.send_at <= current_moment() + make_interval(secs => %(ahead)s)
    AND n.in_app
ORDER BY 2, 1
LIMIT %(limit)s
