"""`carillon doctor`: what is wrong before and after a deploy, why it matters, and which command helps.

A check is two functions. One gathers facts, the other judges them, so that tests need no account.

- command.py: the options and the exit codes. checks.py: all checks, in the order of the table.
- check.py, run.py: one check, and how checks run at the same time, each within its time.
- sources.py, network.py: what checks ask: AWS, HTTP and DNS.
- findings.py, texts/, report.py: codes with their texts, the table, and the JSON document.
- plan.py, plan_files.py: the parameters of a deploy.
- before/: the account and the region. after/: the stack, what its functions see, and what runs.
- sign_in.py, token.py, email.py: checks of both.
"""
