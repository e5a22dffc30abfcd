"""The actions of the operator function: queries, commands, keys, people and the verification of the tables.

May touch every room but api. Each action takes one model of arguments.py and returns one of the answers.
"""
