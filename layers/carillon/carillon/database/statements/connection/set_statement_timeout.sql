-- Replace the limit of the role, which is meant for requests, in this session.
SELECT set_config('statement_timeout', %(timeout)s, false);
