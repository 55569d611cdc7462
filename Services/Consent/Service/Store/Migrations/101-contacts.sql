CREATE TABLE contact (
    id text COLLATE "C" PRIMARY KEY,
    locale text,
    attributes json NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE contact IS 'Every contact that a message created, with what conditions may look at; no address, no personal field. A row goes with the contact''s erasure alone.';
COMMENT ON COLUMN contact.id IS 'The publisher''s id of the contact; says nothing of the person.';
COMMENT ON COLUMN contact.locale IS 'Language tag (BCP 47); NULL where none was named.';
COMMENT ON COLUMN contact.attributes IS 'Configured attributes by name: strings, numbers, booleans. json, not jsonb: numbers stay as they were written, and none is too large.';
COMMENT ON COLUMN contact.created_at IS 'When the contact was first seen here.';

CREATE TABLE page_link (
    id uuid PRIMARY KEY,
    contact text COLLATE "C" NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL
);
CREATE INDEX page_link_contact ON page_link (contact);
CREATE INDEX page_link_created_at ON page_link (created_at);
COMMENT ON TABLE page_link IS 'A link to a contact''s page that was given out. The link''s token authenticates the id under a key that is not in the database. A row goes when the link has run out (page.linkLife, 400 days unless set), and with its contact.';
COMMENT ON COLUMN page_link.id IS 'Derived from the request that asked for the link, so that a repetition gets the same one.';
COMMENT ON COLUMN page_link.contact IS 'Whose page it opens.';
COMMENT ON COLUMN page_link.created_at IS 'When it was given out.';
