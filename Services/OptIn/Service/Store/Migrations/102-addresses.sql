-- What holds for an address whichever contacts have it, mails that wait, users' changes, conversations.

CREATE TABLE address (
    hash             text PRIMARY KEY,
    opt_out_count    integer NOT NULL DEFAULT 0,
    is_opted_out     boolean NOT NULL DEFAULT false,
    mailed_at        timestamptz,
    mailed_for       text,
    is_spreading     boolean NOT NULL DEFAULT false,
    has_aliases      boolean NOT NULL DEFAULT false,
    same_as          text
) WITH (fillfactor = 70);
COMMENT ON TABLE address IS
    'Addresses by their keyed hash; an opt-out of one outlives an erasure of its contacts (O7). A row goes when no contact has the address, no opt-out holds and no mail counts for the limit (Sweep)';
COMMENT ON COLUMN address.hash IS 'HMAC of the address: rule, version of ADDRESS_KEY_FILE, base64url, with full stops between';
COMMENT ON COLUMN address.opt_out_count IS 'Opt-outs that contacts with this address made';
COMMENT ON COLUMN address.is_opted_out IS 'Nobody has confirmed since the last opt-out';
COMMENT ON COLUMN address.mailed_at IS 'The last double-opt-in mail to it that its reader has not answered (O4)';
COMMENT ON COLUMN address.mailed_for IS 'The contact for which that mail was';
COMMENT ON COLUMN address.is_spreading IS 'There may be contacts that have not taken up the last opt-out';
COMMENT ON COLUMN address.has_aliases IS 'Rows of other versions'' hashes lead here';
COMMENT ON COLUMN address.same_as IS
    'The row of the same address under another version of the key; this one then only shows that row''s opt_out_count';
CREATE INDEX address_aliases ON address (same_as) INCLUDE (hash) WHERE same_as IS NOT NULL;
CREATE INDEX address_spreading ON address (hash) INCLUDE (opt_out_count) WHERE is_spreading;

ALTER TABLE contact
    ADD COLUMN opt_out_seen integer NOT NULL DEFAULT 0,
    ADD COLUMN mail_due_at timestamptz,
    ADD COLUMN waiting_lists text[] NOT NULL DEFAULT '{}',
    ADD COLUMN last_received_at timestamptz,
    ADD COLUMN is_created boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN contact.is_created IS 'A message created it; before that only the vault''s word on its address came';
COMMENT ON COLUMN contact.decided IS 'What the vault decided on messages that have not come here yet: hash and message';
COMMENT ON COLUMN contact.opt_out_seen IS 'The opt-outs of its address that this contact has taken up (O7)';
COMMENT ON COLUMN contact.mail_due_at IS 'When the double-opt-in mail goes that the limit held back (O4)';
COMMENT ON COLUMN contact.waiting_lists IS 'Lists that the mail held back is to confirm';
COMMENT ON COLUMN contact.last_received_at IS 'When the contact last sent a mail to a user (O9)';
CREATE INDEX contact_address ON contact (address_hash, opt_out_seen);
CREATE INDEX contact_mail_due ON contact (mail_due_at, contact) WHERE mail_due_at IS NOT NULL;
CREATE INDEX contact_lists ON contact USING gin (lists) WITH (fastupdate = off);

ALTER TABLE status_change
    ADD COLUMN user_id text,
    ADD COLUMN is_suspect boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN status_change.user_id IS 'The user who changed it, from a valid token';
COMMENT ON COLUMN status_change.is_suspect IS 'It looked automatic, as what a scanner does to a link (P6)';

ALTER TABLE confirmation
    ADD COLUMN handed_at timestamptz,
    ADD COLUMN wrong_codes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN confirmation.handed_at IS 'When this service heard that the mail server took the mail, by the database''s clock; a button pressed within seconds of it is a scanner''s';
COMMENT ON COLUMN confirmation.wrong_codes IS 'Wrong codes typed in; the fifth ends the link (P6)';

CREATE TABLE received_mail (
    contact          text NOT NULL,
    message_hash     text NOT NULL,
    PRIMARY KEY (contact, message_hash)
);
COMMENT ON TABLE received_mail IS
    'Mails that contacts sent to users, each of which may be answered (O9). Rows go when the contact has sent none for optIn.replyWindow and 30 days (Sweep); where that is 0 they stay, one row of some 150 bytes for each mail that crm or mta reports';
COMMENT ON COLUMN received_mail.message_hash IS 'HMAC of the Message-ID, as address.hash';
