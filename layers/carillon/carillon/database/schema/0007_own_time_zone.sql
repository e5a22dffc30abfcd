-- The time zone that a person chose. It comes before the one in the contact data, which is the producers'.
ALTER TABLE preferences ADD COLUMN timezone text;
