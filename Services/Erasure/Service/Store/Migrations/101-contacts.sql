CREATE TABLE contact (
    id text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE contact IS 'Every contact of whom an erasure or an access copy was asked.';
COMMENT ON COLUMN contact.id IS 'The publisher''s id of the contact; says nothing of the person.';
