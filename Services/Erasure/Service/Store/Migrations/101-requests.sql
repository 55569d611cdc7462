CREATE TABLE contact (
    id text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE contact IS 'Every contact for whom an erasure or an access copy was requested.';
COMMENT ON COLUMN contact.id IS 'The publisher''s id of the contact; contains no personal data.';
