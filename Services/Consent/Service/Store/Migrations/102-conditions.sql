-- The data that conditions read besides the attributes, and the indexes that find it among millions of contacts.
ALTER TABLE contact
    ADD COLUMN is_known boolean NOT NULL DEFAULT true,
    ADD COLUMN searchable jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN opt_in text COLLATE "C" NOT NULL DEFAULT 'none',
    ADD COLUMN opt_in_sequence bigint NOT NULL DEFAULT 0,
    ADD COLUMN lists text[] NOT NULL DEFAULT '{}',
    ADD COLUMN list_sequences jsonb NOT NULL DEFAULT '{}';
COMMENT ON TABLE contact IS 'Every contact that a message created or a fact named, with the data that conditions read; no address, no personal field.';
COMMENT ON COLUMN contact.is_known IS 'Whether a message created the contact; false if only facts of opt-in have arrived yet.';
COMMENT ON COLUMN contact.searchable IS 'A copy of the attributes for queries: numbers by their value; null for a number whose exponent is out of range, which equals nothing.';
COMMENT ON COLUMN contact.opt_in IS 'Opt-in status from the newest fact: a copy, usually a second behind; none until a fact arrives.';
COMMENT ON COLUMN contact.opt_in_sequence IS 'Sequence of that fact; an older fact is ignored. 0: no fact arrived.';
COMMENT ON COLUMN contact.lists IS 'Lists that the contact subscribes to, from the newest fact about each list.';
COMMENT ON COLUMN contact.list_sequences IS 'Sequence of the newest fact about each list, including lists that were left: {"list": number}.';

-- Exponents of more than four digits are out of range, and might be too large for jsonb.
UPDATE contact SET searchable = (
    SELECT jsonb_object_agg(key, CASE WHEN value::text ~ '^-?[0-9.]+[eE][-+]?[0-9]{5,}$' THEN 'null'::jsonb
                                      ELSE value::text::jsonb END)
    FROM json_each(contact.attributes))
WHERE attributes::text <> '{}';

-- Indexes for equality of attributes and membership of lists, combined by bitmaps; and for a status in the order of the
-- pages.
CREATE INDEX contact_searchable ON contact USING gin (searchable jsonb_path_ops);
CREATE INDEX contact_lists ON contact USING gin (lists);
CREATE INDEX contact_opt_in ON contact (opt_in, id);
