-- Delete all that is stored about a person, also what is kept for audit. Return the deleted devices, with the fields
-- that SNS needs, and how many rows of each kind were deleted.
--
-- All rows are locked before a notification is deleted (docs/architecture.md#the-lock-order). A notification that a
-- create commits after the first lock came after the erasing, and stays complete. To delete it too would lock out of
-- order, and could separate it from its delivery. A worker that has claimed one of the deliveries finds no row when it
-- finishes.
CREATE OR REPLACE FUNCTION delete_person(person text) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
DECLARE
    their_ids uuid[];
    delivery_ids uuid[];
    device_ids uuid[];
    devices jsonb;
    sent integer;
BEGIN
    SELECT array_agg(id) INTO their_ids FROM (
        SELECT n.id FROM notifications AS n
        -- Shown, archived and hidden notifications have an index each; no index has all of them.
        WHERE (n.user_id = person AND n.in_app AND n.archived_at IS NULL)
            OR (n.user_id = person AND n.in_app AND n.archived_at IS NOT NULL)
            OR (n.user_id = person AND NOT n.in_app)
        ORDER BY n.id
        FOR UPDATE
    ) AS theirs;
    -- Before the deliveries, as create does.
    DELETE FROM rate_limits WHERE user_id = person;
    delivery_ids := lock_deliveries(their_ids);

    -- A phone may soon have another owner, so its row is deleted like any device (52_devices.sql). The caller has
    -- disabled the known devices and waited. A device that was registered since then may still get a push.
    SELECT array_agg(id) INTO device_ids FROM (
        SELECT id FROM devices WHERE user_id = person ORDER BY id FOR UPDATE
    ) AS theirs;
    IF device_ids IS NOT NULL AND pushing(person) THEN
        RAISE EXCEPTION 'a push is on its way' USING ERRCODE = 'serialization_failure';  -- the caller retries
    END IF;

    DELETE FROM notifications WHERE id = ANY (their_ids);  -- deletes their items too
    DELETE FROM deliveries AS d
    WHERE d.id = ANY (delivery_ids)
        AND NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id);
    GET DIAGNOSTICS sent = ROW_COUNT;
    WITH gone AS (
        DELETE FROM devices WHERE id = ANY (device_ids) RETURNING platform, token, endpoint_arn
    )
    SELECT coalesce(jsonb_agg(to_jsonb(gone)), '[]') INTO devices FROM gone;
    RETURN jsonb_build_object('devices', devices, 'deleted', jsonb_build_object(
        'notifications', coalesce(cardinality(their_ids), 0), 'deliveries', sent,
        'devices', jsonb_array_length(devices)
    ) || delete_contact(person));
END
$$;

-- Delete a person's contact data and preferences. Return how many rows of each were deleted.
--
-- Lock the preferences, delete the contact data, then delete the preferences. Without preferences, insert a row to lock,
-- as unsubscribe() does. An unsubscribing that waits for it finds no person afterwards, and stores none.
CREATE OR REPLACE FUNCTION delete_contact(person text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    settings integer;
    contacts integer;
BEGIN
    settings := (SELECT count(*) FROM preferences WHERE user_id = person);
    INSERT INTO preferences (user_id, updated_at) VALUES (person, current_moment())
    ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at;
    DELETE FROM recipients WHERE user_id = person;
    GET DIAGNOSTICS contacts = ROW_COUNT;
    DELETE FROM preferences WHERE user_id = person;
    RETURN jsonb_build_object('preferences', settings, 'contact_data', contacts);
END
$$;

-- Delete all that is stored about a person, and store a receipt, which the operators' log names. Return the receipt,
-- and the deleted devices. If the receipt exists already, the reply to the first run was lost: return it, without
-- devices. The caller of the first run had the endpoints of the known ones deleted before.
CREATE OR REPLACE FUNCTION erase_person_v2(person text, receipt uuid, person_hash text, requester text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    stored erasures;
    erased jsonb;
BEGIN
    SELECT * INTO stored FROM erasures AS e WHERE e.id = receipt;
    IF NOT FOUND THEN
        erased := delete_person(person);
        INSERT INTO erasures (id, erased_at, person, requested_by, deleted)
        VALUES (receipt, current_moment(), person_hash, requester, erased -> 'deleted')
        RETURNING * INTO stored;
        INSERT INTO operator_log (at, operator, action, arguments, affected)
        VALUES (
            stored.erased_at, requester, 'erase', jsonb_build_object('person', person_hash, 'receipt', receipt),
            (SELECT sum(count::integer) FROM jsonb_each_text(stored.deleted) AS kinds (kind, count))
        );
    END IF;
    RETURN jsonb_build_object('receipt', to_jsonb(stored), 'devices', coalesce(erased -> 'devices', '[]'));
END
$$;

-- The release before calls this one, until it is replaced.
CREATE OR REPLACE FUNCTION erase_person(person text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN delete_person(person) -> 'devices';
END
$$;
