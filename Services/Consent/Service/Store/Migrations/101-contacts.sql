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

CREATE TABLE page_link (
    id uuid PRIMARY KEY,
    contact text COLLATE "C" NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL
);
CREATE INDEX page_link_contact ON page_link (contact);
CREATE INDEX page_link_created_at ON page_link (created_at);
COMMENT ON TABLE page_link IS 'Links to contacts'' pages that were issued. A link''s token authenticates the id under a key that is not in the database. A row is deleted when the link has expired (page.linkLife, 400 days unless set), and with its contact.';
COMMENT ON COLUMN page_link.id IS 'Derived from the request for the link, so that a redelivered request gets the same link.';
COMMENT ON COLUMN page_link.contact IS 'The contact whose page the link opens.';
COMMENT ON COLUMN page_link.created_at IS 'When the link was issued.';
