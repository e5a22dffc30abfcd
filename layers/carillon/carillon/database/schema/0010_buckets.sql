-- An id carries the bucket of its person: new_uuidv7(person) in 11_uuidv7.sql.
DROP FUNCTION IF EXISTS new_uuidv7();
