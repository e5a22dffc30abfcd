-- The numbers of the policy that only SQL knows, each with its reason. Settings of the stack come as parameters
-- instead. A test compares these numbers with docs/, with the template and with the settings:
-- tests/integration/database/test_policy.py.
--
-- The functions are IMMUTABLE, so the planner replaces each call by its value.
--
-- One policy cannot stand here, because a SET clause takes no expression: each function that waits for locks has its
-- own lock_timeout. It fails fast on a lock, and the caller retries. Otherwise Lambda would kill the function at its
-- timeout, and the whole batch with it. A statement runs twice at most, so twice the wait must fit into the function's
-- timeout: 3 s for the functions of the HTTP API, 5 s for those of a queue and of the operator.

-- Create, claim and finish use generic plans, made once for each connection: planning would take longer than the work.
-- Such a plan may be made while the tables are empty, and must stay good. So these functions never scan a table. Where
-- a join could read a whole table through an index, OFFSET 0 makes the planner look up row by row. Before
-- version 18, PostgreSQL adds 10 billion to the cost of a scan that it cannot avoid. That would start the JIT compiler
-- for each plan, so jit is off too.

-- A delivery keeps the last entries of its history. A delivery that is retried for hours must stay a small row.
CREATE OR REPLACE FUNCTION history_limit() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 20';

-- A message names as many notifications, and counts the others.
CREATE OR REPLACE FUNCTION item_limit() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 20';

-- Of a message with more notifications, the claim returns as many event names for the link to unsubscribe. With more,
-- the link is about all email: MAX_EVENTS in links/tokens.py.
CREATE OR REPLACE FUNCTION event_name_limit() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 100';

-- A worker lives at most as long after its claim: the timeout of functions/deliver. Later it can send no push.
CREATE OR REPLACE FUNCTION worker_lifetime() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT interval '30 seconds'$$;

-- While an operator's pause defers a delivery, a claim checks it again after at most twice this time. So a resume takes
-- effect within that time, and the deliveries do not become due all at once.
CREATE OR REPLACE FUNCTION pause_recheck() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT interval '150 seconds'$$;

-- The send rate of a channel, in messages a second. After an outage or a first throttle, it starts at the first value.
-- It never falls below the minimum. Each accepted message increases it, and each throttled message decreases it. The
-- ratio of the two decides where the rate settles: one message in twenty is throttled.
CREATE OR REPLACE FUNCTION rate_start() RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 10.0';
CREATE OR REPLACE FUNCTION rate_minimum() RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 1.0';
CREATE OR REPLACE FUNCTION rate_increase() RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0.02';
CREATE OR REPLACE FUNCTION rate_decrease() RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0.4';

-- The bucket of a send rate holds the tokens of one second, but at least these: a batch of functions/deliver.
CREATE OR REPLACE FUNCTION bucket_minimum() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 10';

-- The send rate never defers a delivery that became due less than this ago for the first time.
CREATE OR REPLACE FUNCTION fresh_for() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT interval '1 minute'$$;

-- After so many soft bounces in a row, an address gets no more email. A full mailbox or a broken server rarely recovers
-- later, and each further try harms the sender's reputation.
CREATE OR REPLACE FUNCTION soft_bounce_limit() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 5';

-- After a push failed because of the stack's credentials, push waits so long for an operator. SNS accepts each push and
-- reports the failure later, so a short pause would lose pushes again and again.
CREATE OR REPLACE FUNCTION credentials_pause() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT interval '1 hour'$$;
