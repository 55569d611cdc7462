-- What conditions look at beside the attributes, and how a query finds it among millions.
ALTER TABLE contact
    ADD COLUMN is_known boolean NOT NULL DEFAULT true,
    ADD COLUMN searchable jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN opt_in text COLLATE "C" NOT NULL DEFAULT 'none',
    ADD COLUMN opt_in_sequence bigint NOT NULL DEFAULT 0,
    ADD COLUMN lists text[] NOT NULL DEFAULT '{}',
    ADD COLUMN list_sequences jsonb NOT NULL DEFAULT '{}';
COMMENT ON TABLE contact IS 'Every contact that a message created or a fact named, with what conditions may look at; no address, no personal field.';
COMMENT ON COLUMN contact.is_known IS 'Whether a message created the contact; false where only facts of opt-in have come yet.';
COMMENT ON COLUMN contact.searchable IS 'The attributes once more, for queries: numbers by their value, null for one whose exponent is out of range, which equals nothing.';
COMMENT ON COLUMN contact.opt_in IS 'Opt-in status as the newest fact told: a copy, usually a second behind; none until a fact came.';
COMMENT ON COLUMN contact.opt_in_sequence IS 'Sequence of that fact; an older one is ignored. 0: none came.';
COMMENT ON COLUMN contact.lists IS 'Lists that the contact subscribes to, as the newest fact about each told.';
COMMENT ON COLUMN contact.list_sequences IS 'Sequence of the newest fact about each list, left ones too: {"list": number}.';

-- Longer exponents than four digits are out of range, and might be too large for jsonb.
UPDATE contact SET searchable = (
    SELECT jsonb_object_agg(key, CASE WHEN value::text ~ '^-?[0-9.]+[eE][-+]?[0-9]{5,}$' THEN 'null'::jsonb
                                      ELSE value::text::jsonb END)
    FROM json_each(contact.attributes))
WHERE attributes::text <> '{}';

-- Equality of attributes and membership of lists, alone or together (bitmaps); a status in the order of the pages.
CREATE INDEX contact_searchable ON contact USING gin (searchable jsonb_path_ops);
CREATE INDEX contact_lists ON contact USING gin (lists);
CREATE INDEX contact_opt_in ON contact (opt_in, id);
