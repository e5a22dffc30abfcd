"""The command line of operators and developers: `carillon`.

It may import no code of the service but the models of the answers (`carillon.operations`), the channels and the codes.
It calls only AWS. Only doctor/ also asks the issuer, the API and DNS.

- main.py: the command, its help, and `carillon token`.
- session.py: the options and the output that all commands share.
- root.py, streams.py: the exit codes, and output that no encoding and no closed pipe can stop.
- stack.py, local.py, queues.py, tokens.py: the stack on AWS or on this machine, its queues, and the devstack's tokens.
- queries.py, person.py, checks.py, pauses.py, replays.py, retries.py, keys.py, people.py: the commands, by subject.
- explain.py: what a code means; it calls nothing.
- choices.py: the arguments and options that several commands share.
- pinpoint/: `carillon import pinpoint`.
- doctor/: `carillon doctor`, which finds what is wrong before and after a deploy.
- cost/: `carillon cost`, which computes the bill of a month and calls nothing.
- answers.py, formats.py: the models of the answers, and how times, tables and JSON are read and written.
"""
