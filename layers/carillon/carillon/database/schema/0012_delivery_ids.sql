-- A delivery has the id of the notification that opens it, with another last byte: delivery_id_for() in 11_uuidv7.sql.
DROP FUNCTION IF EXISTS new_uuidv7(text);

-- place() has parameters for that id and for what full_minutes() has counted: 22_place.sql.
DROP FUNCTION IF EXISTS place(placement, time, time, text, notifications, integer);
