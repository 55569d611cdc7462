-- Campaigns, one row per mail, and the texts of mails to one contact.

CREATE TABLE campaign (
    name         text PRIMARY KEY,
    subject      text NOT NULL,
    body_text    text NOT NULL,
    body_html    text,
    content_hash bytea NOT NULL,
    recipients   bigint NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE campaign IS
    'The campaigns'' content: the caller''s text, which holds no personal data. A row is deleted when the last of its mails was deleted and it was not requested again for keep.mails';
COMMENT ON COLUMN campaign.name IS 'The caller''s name of the campaign: the same name with another content is a conflict';
COMMENT ON COLUMN campaign.content_hash IS 'SHA-256 over subject, text and HTML, with LF at the end of each line';
COMMENT ON COLUMN campaign.recipients IS
    'The number of its mails that are kept; changed with every insert and delete of mails, so that progress need not count the queued ones';
COMMENT ON COLUMN campaign.requested_at IS 'When it was last requested';

CREATE TABLE mail (
    id            uuid PRIMARY KEY,
    contact       text NOT NULL,
    kind          text NOT NULL,
    campaign      text REFERENCES campaign,
    list          text,
    link_row      uuid,
    changes       text,
    address_hash  text,
    state         text NOT NULL DEFAULT 'queued' CHECK (
        state IN ('queued', 'claimed', 'handing', 'sent', 'suppressed', 'failed', 'unknown')),
    reason        text,
    attempts      integer NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL DEFAULT now(),
    claim         uuid,
    claimed_by    uuid,
    claimed_until timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    tell_at       timestamptz,
    told_at       timestamptz,
    UNIQUE (campaign, contact)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE mail IS
    'One row per mail; it names the contact and never the address. A row is deleted keep.mails after its mail ended, once the outcome was published. All times are the database''s';
COMMENT ON COLUMN mail.id IS 'Also the mail''s Message-ID and the id in its one-click link';
COMMENT ON COLUMN mail.list IS 'The list of a campaign''s mail; the gate checks its membership';
COMMENT ON COLUMN mail.kind IS 'The category of the mail''s rule';
COMMENT ON COLUMN mail.link_row IS 'The row that the mail''s link opens: opt-in''s confirmation, or consent''s row';
COMMENT ON COLUMN mail.changes IS 'The changes that the mail lists, as JSON: names and values of the page''s controls; of a workflow''s mail the rule''s name and the action''s number';
COMMENT ON COLUMN mail.address_hash IS
    'Keyed hash of the intended address; null: the contact''s address at hand-over; deleted when the mail ends';
COMMENT ON COLUMN mail.state IS
    'queued; claimed by a worker; handing: noted, its end may have been sent (N3); then the outcome';
COMMENT ON COLUMN mail.reason IS 'The reason of the outcome: a constant or a status code';
COMMENT ON COLUMN mail.attempts IS 'Attempts that reached the mail server, or that were begun';
COMMENT ON COLUMN mail.due_at IS 'Earliest time of the next attempt';
COMMENT ON COLUMN mail.claim IS
    'The claim that holds it: each later statement of the worker names it, so a worker that lost its claim changes nothing. An unknown outcome keeps it, so that an instance that returns with the answer can still write it';
COMMENT ON COLUMN mail.claimed_by IS 'The claiming instance';
COMMENT ON COLUMN mail.claimed_until IS
    'When the claim of a mail that is not noted expires. The claim of a noted mail never expires: its instance has, or will get, the answer';
COMMENT ON COLUMN mail.tell_at IS 'When to publish the outcome again while it is unpublished; the interval grows';
COMMENT ON COLUMN mail.told_at IS 'When the fact about the outcome was committed';
CREATE INDEX mail_claimed ON mail (claimed_by) WHERE state IN ('claimed', 'handing');
CREATE INDEX mail_untold ON mail (tell_at) WHERE ended_at IS NOT NULL AND told_at IS NULL;
CREATE INDEX mail_told ON mail (ended_at) WHERE told_at IS NOT NULL;
CREATE INDEX mail_ended ON mail (campaign, state, reason) WHERE campaign IS NOT NULL AND ended_at IS NOT NULL;
-- Separate indexes, so that a single mail need not wait for a campaign's million mails.
CREATE INDEX mail_due_single ON mail (due_at) WHERE state = 'queued' AND kind <> 'campaign';
CREATE INDEX mail_due_campaign ON mail (due_at) WHERE state = 'queued' AND kind = 'campaign';

CREATE TABLE campaign_address (
    key  bytea PRIMARY KEY,
    mail uuid NOT NULL
);
COMMENT ON TABLE campaign_address IS
    'Addresses that a campaign reaches or has reached: one mail per address, even if several contacts have it (N4). A row is deleted when its mail is put back, ends undelivered, or is deleted';
COMMENT ON COLUMN campaign_address.key IS 'SHA-256 over the campaign''s name and the address''s keyed hash, cut to 128 bits';
COMMENT ON COLUMN campaign_address.mail IS 'The mail that has reserved the address';
CREATE INDEX campaign_address_mail ON campaign_address (mail);

CREATE TABLE mail_text (
    mail        uuid PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
    subject     text NOT NULL,
    body_text   text NOT NULL,
    body_html   text,
    in_reply_to text
);
COMMENT ON TABLE mail_text IS
    'The text of a mail to one contact, until it is handed over or given up: every end of the mail deletes this row';
COMMENT ON COLUMN mail_text.in_reply_to IS 'The Message-ID of the contact''s mail that a reply answers';
