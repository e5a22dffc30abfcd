-- An id carries the bucket of its person: new_uuidv7(person) in 11_uuidv7.sql.
DROP FUNCTION IF EXISTS new_uuidv7();

-- skip_pruned() replaces it: 50_prune.sql.
DROP FUNCTION IF EXISTS skip_kept(timestamptz);

-- A vacuum after changes of 2 % of the rows, as of deliveries. With the default of 20 %, a table that holds a year
-- would keep two months of deleted rows, and the newest two months would not be visible to a scan of an index alone.
ALTER TABLE notifications SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE delivery_items SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
