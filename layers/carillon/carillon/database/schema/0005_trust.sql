-- The default of email for a person who never chose, and the limit for what people record for themselves.

-- For a person who switched the channel on, these two replace `minimum_severity` and `severity_by`. NULL, as the release
-- before sends it: they stay.
ALTER TYPE stack_rule ADD ATTRIBUTE chosen_severity severity, ADD ATTRIBUTE chosen_severity_by text;

-- How many notifications a person has recorded for themselves in a minute: 34_self_recorded.sql. A column of the row
-- that create locks, so no lock is new.
ALTER TABLE rate_limits
    ADD COLUMN self_recorded_minute timestamptz,  -- NULL: never
    ADD COLUMN self_recorded integer NOT NULL DEFAULT 0;
