"""The operator's actions: queries, commands, keys, one person's data, and the verification of the tables.

May touch every room but api and reaper. The command line imports the answers, and nothing else of this package.

- registry.py: the decorator `action`, the table of actions, and the context that each action gets.
- actions.py: run the action that an event names; answer with a result or an error.
- queries.py, commands.py, keys.py, people.py, diagnosis.py: the actions, by subject.
- verification.py: the rules of `verify`, which tests and benchmarks check too.
- arguments.py: one model for the arguments of each action.
- answers.py, people_answers.py, diagnosis_answers.py: the model of each action's answer, by subject.
"""
