-- Campaigns, one row a mail, and what mails to one contact say.

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
    'What campaigns say: the caller''s text, which is nobody''s data. A row goes when the last of its mails has gone and it was not asked for again for keep.mails';
COMMENT ON COLUMN campaign.name IS 'The caller''s name for it: the same name with another content is a conflict';
COMMENT ON COLUMN campaign.content_hash IS 'SHA-256 over subject, text and HTML, with LF at the end of each line';
COMMENT ON COLUMN campaign.recipients IS
    'The number of its mails that are kept; changed by whatever inserts or deletes mails, so that progress need not count those that wait';
COMMENT ON COLUMN campaign.requested_at IS 'When it was last asked for';

CREATE TABLE mail (
    id            uuid PRIMARY KEY,
    contact       text NOT NULL,
    kind          text NOT NULL CHECK (
        kind IN ('double-opt-in', 'campaign', 'autoresponder', 'workflow', 'ad-hoc', 'reply')),
    campaign      text REFERENCES campaign,
    list          text,
    confirmation  uuid,
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
    'One row a mail; it names the contact and never the address. A row goes keep.mails after its mail ended. All times are the database''s';
COMMENT ON COLUMN mail.id IS 'Also its Message-ID, and what its one-click link names';
COMMENT ON COLUMN mail.list IS 'The list that a campaign''s mail goes to, of which the gate is asked too';
COMMENT ON COLUMN mail.confirmation IS 'The row of the opt-in service that the link of a double-opt-in mail opens';
COMMENT ON COLUMN mail.address_hash IS
    'Keyed hash of the address it is for; empty: whichever the contact has; gone when it ended';
COMMENT ON COLUMN mail.state IS
    'queued; claimed by a worker; handing: noted, its end may be on its way (N3); then how it ended';
COMMENT ON COLUMN mail.reason IS 'Why it ended so: a word of ours or a status';
COMMENT ON COLUMN mail.attempts IS 'Attempts that the mail server saw, or that were begun';
COMMENT ON COLUMN mail.due_at IS 'Not before then';
COMMENT ON COLUMN mail.claim IS
    'Which claim holds it: each later statement of the worker names it, so a claim that was lost ends there. An unknown end keeps it, so that an instance that returns with the answer can still say it';
COMMENT ON COLUMN mail.claimed_by IS 'The claiming instance';
COMMENT ON COLUMN mail.claimed_until IS
    'When a claim runs out whose mail is not noted yet. A noted one never does: its instance has, or will have, the answer';
COMMENT ON COLUMN mail.tell_at IS 'When to tell its end again, as long as it is not told; later each time';
COMMENT ON COLUMN mail.told_at IS 'When the fact about its end was committed';
CREATE INDEX mail_claimed ON mail (claimed_by) WHERE state IN ('claimed', 'handing');
CREATE INDEX mail_untold ON mail (tell_at) WHERE ended_at IS NOT NULL AND told_at IS NULL;
CREATE INDEX mail_told ON mail (ended_at) WHERE told_at IS NOT NULL;
CREATE INDEX mail_ended ON mail (campaign, state, reason) WHERE campaign IS NOT NULL AND ended_at IS NOT NULL;
-- Who waits for a single mail waits no million of a campaign's.
CREATE INDEX mail_due_single ON mail (due_at) WHERE state = 'queued' AND kind <> 'campaign';
CREATE INDEX mail_due_campaign ON mail (due_at) WHERE state = 'queued' AND kind = 'campaign';

CREATE TABLE campaign_address (
    key  bytea PRIMARY KEY,
    mail uuid NOT NULL
);
COMMENT ON TABLE campaign_address IS
    'Addresses that a campaign reaches or has reached: one mail each, however many contacts have the address (N4). A row goes when its mail is put back, ends undelivered, or goes itself';
COMMENT ON COLUMN campaign_address.key IS 'SHA-256 over the campaign''s name and the address''s keyed hash, cut to 128 bits';
COMMENT ON COLUMN campaign_address.mail IS 'The mail that reaches it';
CREATE INDEX campaign_address_mail ON campaign_address (mail);

CREATE TABLE mail_text (
    mail        uuid PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
    subject     text NOT NULL,
    body_text   text NOT NULL,
    body_html   text,
    in_reply_to text
);
COMMENT ON TABLE mail_text IS
    'What a mail to one contact says, until it is handed over or given up: whatever ends the mail deletes this row';
COMMENT ON COLUMN mail_text.in_reply_to IS 'The Message-ID of the contact''s mail that a reply answers';
