-- The choice of a notification's texts by the language of each person, when the notification is recorded. A later change
-- of the person's language changes nothing.
--
-- `texts` is made by notifications/languages.py: `said` lists the texts, with the names of their columns. `places` has the
-- place in that list for each language tag in lower case, and for '' that of a person whose language has no text.

-- Return the place of a person's texts. Without a text in `pt-BR`, a person gets the one in `pt` (RFC 4647, section 3.4).
-- choose_place() in models/texts.py does the same.
CREATE OR REPLACE FUNCTION place_of_language(places jsonb, locale text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    wanted text := lower(replace(coalesce(locale, ''), '_', '-'));
BEGIN
    WHILE wanted <> '' AND NOT places ? wanted LOOP
        wanted := left(wanted, -1 - length(split_part(wanted, '-', -1)));  -- without its last part
    END LOOP;
    RETURN places ->> wanted;
END
$$;

-- Return the texts for a person's locale; NULL without `texts`.
CREATE OR REPLACE FUNCTION chosen_text(texts jsonb, locale text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN texts -> 'said' -> place_of_language(texts -> 'places', locale);
END
$$;

-- Return notifications in their order, each with the texts for its person.
CREATE OR REPLACE FUNCTION say_to_each(notes notifications[], texts jsonb) RETURNS notifications[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT jsonb_populate_record(note, chosen_text(texts, r.locale))
        FROM unnest(notes) AS note
        LEFT JOIN LATERAL (
            SELECT r.locale FROM recipients AS r WHERE r.user_id = note.user_id OFFSET 0
        ) AS r ON true
    );
END
$$;
