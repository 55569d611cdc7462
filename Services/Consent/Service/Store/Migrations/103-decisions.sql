-- Contacts' decisions. A decision is never changed: until decisions are in a ledger, its row is the record.
CREATE TABLE decision_counter (
    partition smallint PRIMARY KEY,
    next bigint NOT NULL DEFAULT 1,
    epoch bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE decision_counter IS 'One row per partition, locked by the batch that records decisions, so that numbers have no gap.';
COMMENT ON COLUMN decision_counter.next IS 'The number of the partition''s next decision.';
COMMENT ON COLUMN decision_counter.epoch IS 'The epoch of the current history, which began after decisions may have been lost (X5); 0: the first history.';

CREATE TABLE decision (
    partition smallint NOT NULL,
    number bigint NOT NULL,
    epoch bigint NOT NULL,
    contact text COLLATE "C" NOT NULL,
    consent text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('granted', 'revoked')),
    text_version text NOT NULL,
    channel text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (partition, number)
);
CREATE INDEX decision_contact ON decision (contact, number);
COMMENT ON TABLE decision IS 'Every decision of every contact, in the order of its partition.';
COMMENT ON COLUMN decision.partition IS 'The contact''s partition; with the number, the decision''s index.';
COMMENT ON COLUMN decision.number IS 'Gapless within the partition, from 1.';
COMMENT ON COLUMN decision.epoch IS 'Appended to the index as 3-1042-epoch, unless it is 0: a lost decision may have had the same number.';
COMMENT ON COLUMN decision.contact IS 'The contact who decided.';
COMMENT ON COLUMN decision.consent IS 'Name of the consent in the configuration.';
COMMENT ON COLUMN decision.decision IS 'granted or revoked.';
COMMENT ON COLUMN decision.text_version IS 'The version of the statement that the contact decided on (C0).';
COMMENT ON COLUMN decision.channel IS 'The channel of the decision.';
COMMENT ON COLUMN decision.decided_at IS 'When the decision was recorded here.';

CREATE TABLE decision_evidence (
    partition smallint NOT NULL,
    number bigint NOT NULL,
    note text,
    reference text,
    recorded_by text,
    PRIMARY KEY (partition, number),
    FOREIGN KEY (partition, number) REFERENCES decision ON DELETE CASCADE
);
COMMENT ON TABLE decision_evidence IS 'The evidence of a decision; in a separate table, so that an erasure deletes the row and keeps the decision.';
COMMENT ON COLUMN decision_evidence.note IS 'A note in the user''s words; may hold personal data.';
COMMENT ON COLUMN decision_evidence.reference IS 'Where the proof is kept, such as a file number.';
COMMENT ON COLUMN decision_evidence.recorded_by IS 'The user who recorded the evidence (sub).';

CREATE TABLE current_decision (
    contact text COLLATE "C" NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    consent text NOT NULL,
    partition smallint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (contact, consent),
    FOREIGN KEY (partition, number) REFERENCES decision
) WITH (fillfactor = 80);
COMMENT ON TABLE current_decision IS 'The last decision on each consent of each contact: the one in force.';

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
