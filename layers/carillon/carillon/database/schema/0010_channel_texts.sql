-- A template may have a text for a channel, which its message shows instead of the summary or the title.
ALTER TABLE notifications ADD COLUMN channel_texts jsonb;  -- by channel
ALTER TYPE claimed_item ADD ATTRIBUTE channel_text text;
