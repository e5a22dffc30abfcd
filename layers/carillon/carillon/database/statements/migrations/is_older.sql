-- Return whether the database is older than the parameters of the stack that carillon/database/choices.py lists. All
-- files of a new database have the time of one transaction.
SELECT min(applied_at) < max(applied_at) FILTER (WHERE name = '0005_trust.sql') AS is_older
FROM migrations
WHERE name IN ('0001_types.sql', '0005_trust.sql')
