-- What contacts decide on their page, besides consents.
ALTER TABLE contact
    ADD COLUMN processing text NOT NULL DEFAULT 'active' CHECK (processing IN ('active', 'stopped')),
    ADD COLUMN processing_since timestamptz,
    ADD COLUMN erasure text NOT NULL DEFAULT 'none' CHECK (erasure IN ('none', 'requested', 'completed')),
    ADD COLUMN erasure_sequence bigint NOT NULL DEFAULT 0,
    ADD COLUMN erasure_due_at timestamptz,
    ADD COLUMN access_due_at timestamptz,
    ADD COLUMN links_from timestamptz;
COMMENT ON COLUMN contact.processing IS 'stopped: the contact has stopped the use of the data (C4).';
COMMENT ON COLUMN contact.processing_since IS 'When processing was stopped or resumed last; NULL: never.';
COMMENT ON COLUMN contact.erasure IS 'State of the contact''s erasure, from the erasure service''s newest fact (C5).';
COMMENT ON COLUMN contact.erasure_sequence IS 'Sequence of that fact; an older fact is ignored.';
COMMENT ON COLUMN contact.erasure_due_at IS 'When the requested erasure is due.';
COMMENT ON COLUMN contact.access_due_at IS 'When the requested copy of the data is due; NULL: none is open.';
COMMENT ON COLUMN contact.links_from IS 'Links to the page that were made before this time no longer work (P4); NULL: all work.';
-- Few contacts have stopped or asked for erasure; conditions look for these.
CREATE INDEX contact_stopped ON contact (id) WHERE processing = 'stopped';
CREATE INDEX contact_erasure ON contact (erasure, id) WHERE erasure <> 'none';

CREATE TABLE submission (
    id          uuid PRIMARY KEY,
    contact     text COLLATE "C" NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('confirm', 'undo', 'notice')),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    wanted      json NOT NULL,
    state       text NOT NULL CHECK (state IN ('pending', 'confirmed', 'declined', 'superseded', 'spent')),
    handed_at   timestamptz,
    wrong_codes integer NOT NULL DEFAULT 0,
    mails       integer NOT NULL DEFAULT 1,
    mailed_at   timestamptz NOT NULL,
    request     json
) WITH (fillfactor = 80);
CREATE INDEX submission_contact ON submission (contact, mailed_at);
CREATE INDEX submission_expires ON submission (expires_at);
COMMENT ON TABLE submission IS 'Changes that a contact asked for in one form of the page, until its mail''s link is used or expires (P6). A row is deleted 30 days after its link expired, and with its contact.';
COMMENT ON COLUMN submission.id IS 'The id in the mail''s link; derived from the form, so that the same form sent twice is one row.';
COMMENT ON COLUMN submission.kind IS 'confirm: the link confirms; undo: it undoes withdrawals that counted at once (P6a); notice: the mail tells of a resumption by a user (C4).';
COMMENT ON COLUMN submission.expires_at IS 'From this time on the link is dead.';
COMMENT ON COLUMN submission.wanted IS 'The changes that the link still confirms: names and values of controls, and the versions of the texts shown.';
COMMENT ON COLUMN submission.state IS 'pending, until the link is used; superseded: later changes ended all of its changes.';
COMMENT ON COLUMN submission.handed_at IS 'When this service heard that the mail server had accepted the mail.';
COMMENT ON COLUMN submission.wrong_codes IS 'Wrong codes typed in; five end the link.';
COMMENT ON COLUMN submission.mails IS 'Mails with this link that were ordered; limited per contact and day.';
COMMENT ON COLUMN submission.request IS 'The request that waits until a notice was handed over, and where its reply goes.';
