-- The state of addresses shared by contacts, held-back mails, changes by users, conversations.

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
    'Addresses by their keyed hash; the opt-out of an address outlives the erasure of its contacts (O7). A row is deleted when no contact has the address, no opt-out is in force and no mail counts for the limit (Sweep)';
COMMENT ON COLUMN address.hash IS 'HMAC of the address: rule, version of ADDRESS_KEY_FILE, base64url, with full stops between';
COMMENT ON COLUMN address.opt_out_count IS 'Number of opt-outs by contacts with this address';
COMMENT ON COLUMN address.is_opted_out IS 'No contact has confirmed since the last opt-out';
COMMENT ON COLUMN address.mailed_at IS 'Time of the last double-opt-in mail to the address that was not answered (O4)';
COMMENT ON COLUMN address.mailed_for IS 'The contact for which that mail was ordered';
COMMENT ON COLUMN address.is_spreading IS 'There may be contacts that have not applied the last opt-out';
COMMENT ON COLUMN address.has_aliases IS 'Rows under hashes of other key versions point to this row';
COMMENT ON COLUMN address.same_as IS
    'The row of the same address under another version of the key; of this row only opt_out_count is then valid, a copy';
CREATE INDEX address_aliases ON address (same_as) INCLUDE (hash) WHERE same_as IS NOT NULL;
CREATE INDEX address_spreading ON address (hash) INCLUDE (opt_out_count) WHERE is_spreading;

ALTER TABLE contact
    ADD COLUMN opt_out_seen integer NOT NULL DEFAULT 0,
    ADD COLUMN mail_due_at timestamptz,
    ADD COLUMN waiting_lists text[] NOT NULL DEFAULT '{}',
    ADD COLUMN last_received_at timestamptz,
    ADD COLUMN is_created boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN contact.is_created IS 'Whether a message created the contact; before that only the vault''s decision on its address arrived';
COMMENT ON COLUMN contact.decided IS 'The vault''s decisions on messages that have not arrived here yet: hash and message';
COMMENT ON COLUMN contact.opt_out_seen IS 'Number of opt-outs of its address that this contact has applied (O7)';
COMMENT ON COLUMN contact.mail_due_at IS 'When the double-opt-in mail that the limit held back is sent (O4)';
COMMENT ON COLUMN contact.waiting_lists IS 'Lists that the held-back mail is to confirm';
COMMENT ON COLUMN contact.last_received_at IS 'When the contact last sent a mail to a user (O9)';
CREATE INDEX contact_address ON contact (address_hash, opt_out_seen);
CREATE INDEX contact_mail_due ON contact (mail_due_at, contact) WHERE mail_due_at IS NOT NULL;
CREATE INDEX contact_lists ON contact USING gin (lists) WITH (fastupdate = off);

ALTER TABLE status_change
    ADD COLUMN user_id text,
    ADD COLUMN is_suspect boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN status_change.user_id IS 'The user of a valid token who changed it';
COMMENT ON COLUMN status_change.is_suspect IS 'The press looked automatic, like a mail scanner''s (P6)';

ALTER TABLE confirmation
    ADD COLUMN handed_at timestamptz,
    ADD COLUMN wrong_codes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN confirmation.handed_at IS 'When this service was told that the mail server accepted the mail, by the database''s clock; a press within seconds of it counts as a scanner''s';
COMMENT ON COLUMN confirmation.wrong_codes IS 'Number of wrong codes typed in; the fifth ends the link (P6)';

CREATE TABLE received_mail (
    contact          text NOT NULL,
    message_hash     text NOT NULL,
    PRIMARY KEY (contact, message_hash)
);
COMMENT ON TABLE received_mail IS
    'Mails that contacts sent to users, each of which may be answered (O9). Rows are deleted when the contact has sent none for optIn.replyWindow and 30 days (Sweep); if optIn.replyWindow is 0 they are kept, one row of about 150 bytes for each mail that crm or mta reports';
COMMENT ON COLUMN received_mail.message_hash IS 'HMAC of the Message-ID, in the form of address.hash';
