-- What contacts were told of their page by mail (P3).
ALTER TABLE contact
    ADD COLUMN told json,
    ADD COLUMN told_at timestamptz,
    ADD COLUMN tell_at timestamptz,
    ADD COLUMN told_for text;
COMMENT ON COLUMN contact.told IS 'Whether the contact was told of the page, the versions of the consents told of, and why the contact is not told for now. NULL: nothing yet.';
COMMENT ON COLUMN contact.told_at IS 'When the last mail that told something was ordered; what comes up within an hour is gathered.';
COMMENT ON COLUMN contact.tell_at IS 'When the mail goes that gathers it; NULL: nothing came up.';
COMMENT ON COLUMN contact.told_for IS 'The configuration by which it was last decided whether there is something to tell.';
CREATE INDEX contact_tell_at ON contact (tell_at, id) WHERE tell_at IS NOT NULL;

CREATE TABLE telling (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    configuration text NOT NULL,
    started_at timestamptz NOT NULL,
    cursor text COLLATE "C" NOT NULL DEFAULT '',
    rounds integer NOT NULL DEFAULT 0,
    is_done boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE telling IS 'The configuration by which contacts are told of their page, and how far the walk over all contacts has come that a new one starts. One row, which stays.';
COMMENT ON COLUMN telling.configuration IS 'In force since every living instance had it.';
COMMENT ON COLUMN telling.cursor IS 'The last contact of the walk so far.';
COMMENT ON COLUMN telling.rounds IS 'Walks that came to the end: a later one finds contacts that an instance created before it knew of the configuration.';

CREATE TABLE instance_configuration (
    instance uuid PRIMARY KEY,
    configuration text NOT NULL,
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE instance_configuration IS 'The configuration of each process that lives. A row goes an hour after the last sign of life.';
