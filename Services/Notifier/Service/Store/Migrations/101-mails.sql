-- Campaigns, their recipients, and one row a mail.

CREATE TABLE campaign (
    name         text PRIMARY KEY,
    subject      text NOT NULL,
    body_text    text NOT NULL,
    body_html    text,
    content_hash bytea NOT NULL,
    created_at   timestamptz NOT NULL
);
COMMENT ON TABLE campaign IS 'What campaigns say: the caller''s text, which is nobody''s data';
COMMENT ON COLUMN campaign.name IS 'The caller''s name for it: the same name with another content is a conflict';
COMMENT ON COLUMN campaign.content_hash IS 'SHA-256 over subject, text and HTML';

CREATE TABLE recipient (
    campaign text NOT NULL REFERENCES campaign,
    contact  text NOT NULL,
    PRIMARY KEY (campaign, contact)
);
COMMENT ON TABLE recipient IS 'Who was named for a campaign: one mail each, whatever is repeated';

CREATE TABLE mail (
    id            uuid PRIMARY KEY,
    contact       text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('double-opt-in', 'campaign')),
    campaign      text REFERENCES campaign,
    confirmation  uuid,
    address_hash  text,
    state         text NOT NULL DEFAULT 'queued' CHECK (
        state IN ('queued', 'claimed', 'handing', 'sent', 'suppressed', 'failed', 'unknown')),
    reason        text,
    attempts      integer NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL,
    claim         uuid,
    claimed_by    uuid,
    claimed_until timestamptz,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    told_at       timestamptz,
    UNIQUE (campaign, contact)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE mail IS 'One row a mail; it names the contact and never the address';
COMMENT ON COLUMN mail.id IS 'Also its Message-ID, and what its one-click link names';
COMMENT ON COLUMN mail.confirmation IS 'The row of the opt-in service that the link of a double-opt-in mail opens';
COMMENT ON COLUMN mail.address_hash IS
    'Keyed hash of the address it is for; empty: whichever the contact has; gone when it ended';
COMMENT ON COLUMN mail.state IS
    'queued; claimed by a worker; handing: noted, its end may be on its way (N3); then how it ended';
COMMENT ON COLUMN mail.reason IS 'Why it ended so: a word of ours or a status';
COMMENT ON COLUMN mail.attempts IS 'Attempts that the mail server saw, or that were begun';
COMMENT ON COLUMN mail.due_at IS 'Not before then';
COMMENT ON COLUMN mail.claim IS
    'Which claim holds it: each later statement of the worker names it, so a claim that was lost ends there';
COMMENT ON COLUMN mail.claimed_by IS
    'The claiming instance: one that lives no more loses its claims at once';
COMMENT ON COLUMN mail.told_at IS 'When the fact about its end was committed';
CREATE INDEX mail_due ON mail (due_at) WHERE state = 'queued';
CREATE INDEX mail_claimed ON mail (claimed_until) WHERE state IN ('claimed', 'handing');
CREATE INDEX mail_untold ON mail (ended_at) WHERE ended_at IS NOT NULL AND told_at IS NULL;
