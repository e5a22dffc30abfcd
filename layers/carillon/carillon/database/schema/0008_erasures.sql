-- The receipts of erasures. A receipt names the person by a hash alone, so an erasure need not delete it.
CREATE TABLE erasures (
    id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL,
    person text NOT NULL,        -- the hash that the operators' log has too
    requested_by text NOT NULL,  -- producer:<name>, or the operator
    deleted jsonb NOT NULL       -- how many rows of each kind
);
