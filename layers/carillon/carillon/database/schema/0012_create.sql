-- The settings of routing, as settings/routing.py sends them.
CREATE TYPE routing_settings AS (
    rules stack_rule[],
    in_app_enabled boolean,  -- for a person who never chose
    timezone text  -- for a person whose time zone is not known
);

-- These take the settings as that type: 20_routing.sql and 30_create.sql.
DROP FUNCTION IF EXISTS plan_recipient(recipient_state, text[], severity, stack_rule[], jsonb);
DROP FUNCTION IF EXISTS plan_recipients(text[], notifications, jsonb);
DROP FUNCTION IF EXISTS stored_route(placement);

-- place() has parameters for the id of the delivery and for what full_minutes() has counted: 22_place.sql.
DROP FUNCTION IF EXISTS place(placement, time, time, text, notifications, integer);

-- A delivery has the id of the notification that opens it, with another last byte: delivery_id_for() in 11_uuidv7.sql.
DROP FUNCTION IF EXISTS new_uuidv7(text);
