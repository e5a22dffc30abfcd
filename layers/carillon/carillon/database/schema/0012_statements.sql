-- The settings of routing, as settings/routing.py sends them.
CREATE TYPE routing_settings AS (
    rules stack_rule[],
    in_app_enabled boolean,  -- for a person who never chose
    timezone text  -- for a person whose time zone is not known
);

-- What became of an outcome: 41_finish.sql. The model is Finished in deliveries/store.py.
CREATE TYPE finish_result AS (
    delivery_id uuid,
    written boolean,
    status text,  -- of the delivery now; NULL: it does not exist
    delay_seconds integer  -- of the message to dispatch now; NULL: none
);

-- No SQL function reads the fields of a destination: 16_channels.sql.
ALTER TYPE claimed_delivery ALTER ATTRIBUTE destination TYPE json;

-- Create. A delivery has the id of the notification that opens it, with another last byte: 11_uuidv7.sql.
DROP FUNCTION IF EXISTS new_uuidv7(text);
DROP FUNCTION IF EXISTS plan_recipient(recipient_state, text[], severity, stack_rule[], jsonb);
DROP FUNCTION IF EXISTS plan_recipients(text[], notifications, jsonb);
DROP FUNCTION IF EXISTS place(placement, time, time, text, notifications, integer);
DROP FUNCTION IF EXISTS stored_route(placement);

-- Claim and finish. Some of these return other columns now, others are gone.
DROP FUNCTION IF EXISTS category_for(text, jsonb, text[]);
DROP FUNCTION IF EXISTS claim_results(uuid[], uuid[], uuid[], jsonb, timestamptz);
DROP FUNCTION IF EXISTS claimed_deliveries(uuid[], jsonb, timestamptz);
DROP FUNCTION IF EXISTS destinations(uuid[]);
DROP FUNCTION IF EXISTS finish(jsonb, interval, jsonb);
DROP FUNCTION IF EXISTS write_outcomes(outcome[], interval, timestamptz);
