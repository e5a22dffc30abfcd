-- For this session: the role's own limit is the one of requests.
SELECT set_config('statement_timeout', %(timeout)s, false);
