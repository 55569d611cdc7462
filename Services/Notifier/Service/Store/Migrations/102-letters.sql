-- Mails with a text of their own, campaigns to lists and conditions, and progress.

ALTER TABLE mail DROP CONSTRAINT mail_kind_check;
ALTER TABLE mail ADD CONSTRAINT mail_kind_check CHECK (
    kind IN ('double-opt-in', 'campaign', 'autoresponder', 'workflow', 'ad-hoc', 'reply'));
ALTER TABLE mail ADD COLUMN list text;
COMMENT ON COLUMN mail.list IS 'The list that a campaign''s mail goes to, of which the gate is asked too';

CREATE TABLE letter (
    mail        uuid PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
    subject     text NOT NULL,
    body_text   text NOT NULL,
    body_html   text,
    in_reply_to text
);
COMMENT ON TABLE letter IS
    'What a mail to one contact says, until it is handed over or given up: whatever ends the mail deletes this row';
COMMENT ON COLUMN letter.in_reply_to IS 'The Message-ID of the contact''s mail that a reply answers';

-- Mails are the only record of who was named for a campaign; the release before still writes the table it had.
COMMENT ON TABLE recipient IS 'Not used any more; a later release drops it';
ALTER TABLE campaign ADD COLUMN recipients bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN campaign.recipients IS
    'The number of its mails; added to by whatever inserts mails, so that progress need not count those that wait';
UPDATE campaign AS c SET recipients = (SELECT count(*) FROM mail WHERE mail.campaign = c.name);
CREATE INDEX mail_ended ON mail (campaign, state, reason) WHERE campaign IS NOT NULL AND ended_at IS NOT NULL;

-- Who waits for a single mail waits no million of a campaign's.
DROP INDEX mail_due;
CREATE INDEX mail_due_single ON mail (due_at) WHERE state = 'queued' AND kind <> 'campaign';
CREATE INDEX mail_due_campaign ON mail (due_at) WHERE state = 'queued' AND kind = 'campaign';
