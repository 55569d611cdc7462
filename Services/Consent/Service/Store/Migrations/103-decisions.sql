-- Contacts' decisions. The record is the ledger's entry (X1); these tables find it by contact.
CREATE TABLE decision (
    partition smallint NOT NULL,
    number bigint NOT NULL,
    contact text COLLATE "C" NOT NULL,
    language text,
    PRIMARY KEY (partition, number)
);
CREATE INDEX decision_contact ON decision (contact, number);
COMMENT ON TABLE decision IS 'Which entries of the ledger are decisions of a contact. Unlike the entry''s evidence a row stays when only personal data is erased; it goes when the whole record is deleted.';
COMMENT ON COLUMN decision.partition IS 'The contact''s partition; with the number, the entry of the ledger.';
COMMENT ON COLUMN decision.number IS 'The entry''s number; a contact''s later decision has a higher one.';
COMMENT ON COLUMN decision.contact IS 'The contact who decided.';
COMMENT ON COLUMN decision.language IS 'The language in which the statement was shown (C0); null: none was shown.';

CREATE TABLE current_decision (
    contact text COLLATE "C" NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    consent text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('granted', 'revoked')),
    text_version text NOT NULL,
    channel text NOT NULL,
    decided_at timestamptz NOT NULL,
    partition smallint NOT NULL,
    number bigint NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (contact, consent)
) WITH (fillfactor = 80);
COMMENT ON TABLE current_decision IS 'The last decision on each consent of each contact, the one in force: a copy of its ledger entry, since every message about a contact reads it.';
COMMENT ON COLUMN current_decision.consent IS 'Name of the consent in the configuration.';
COMMENT ON COLUMN current_decision.decision IS 'granted or revoked.';
COMMENT ON COLUMN current_decision.text_version IS 'The version of the statement that the contact decided on (C0).';
COMMENT ON COLUMN current_decision.channel IS 'The channel of the decision.';
COMMENT ON COLUMN current_decision.decided_at IS 'When the decision was recorded here.';
COMMENT ON COLUMN current_decision.epoch IS 'Appended to the entry''s index as 3-1042-epoch, unless it is 0: a lost entry may have had the same number.';

-- A copy of the decisions in force for conditions, so that queries need no join.
ALTER TABLE contact
    ADD COLUMN granted text[] NOT NULL DEFAULT '{}',
    ADD COLUMN revoked text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN contact.granted IS 'Consents whose last decision is granted; written with the decision.';
COMMENT ON COLUMN contact.revoked IS 'Consents whose last decision is revoked; written with the decision.';
CREATE INDEX contact_granted ON contact USING gin (granted);
CREATE INDEX contact_revoked ON contact USING gin (revoked);

ALTER TABLE contact ADD COLUMN opt_in_held text;
COMMENT ON COLUMN contact.opt_in_held IS 'The opt-out that stays in force until the contact confirms a form submitted after it (O7), from the newest fact; null: none.';

-- Finds the statuses that opt-in published, by the fact's number, after opt-in's database lost its last commits.
CREATE INDEX contact_opt_in_sequence ON contact ((opt_in_sequence & 255), opt_in_sequence) WHERE opt_in_sequence > 0;
