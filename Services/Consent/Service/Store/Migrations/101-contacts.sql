CREATE TABLE contact (
    id text COLLATE "C" PRIMARY KEY,
    locale text,
    attributes json NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE contact IS 'Every contact that a message created, with the data that conditions read; no address, no personal field. A row is deleted only with the contact''s erasure.';
COMMENT ON COLUMN contact.id IS 'The publisher''s id of the contact; contains no personal data.';
COMMENT ON COLUMN contact.locale IS 'Language tag (BCP 47); NULL if no message named one.';
COMMENT ON COLUMN contact.attributes IS 'Configured attributes by name: strings, numbers, booleans. json, not jsonb: keeps numbers as written, of any size.';
COMMENT ON COLUMN contact.created_at IS 'When the contact was first stored here.';
