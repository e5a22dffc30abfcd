-- Return the current email address of a person.
SELECT email FROM recipients WHERE user_id = %(user_id)s
