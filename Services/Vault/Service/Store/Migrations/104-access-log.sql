-- The access log (V3): indexes on its ledger entries by user, field, outcome and time; and the attempts per viewer and
-- hour.

CREATE TABLE reveal_hour (
    viewer      text PRIMARY KEY,
    started_at timestamptz,
    released   integer NOT NULL DEFAULT 0,
    refused    integer NOT NULL DEFAULT 0,
    rest       integer NOT NULL DEFAULT 0,
    rest_field text,
    CONSTRAINT rest_has_field CHECK ((rest > 0) = (rest_field IS NOT NULL))
);
CREATE INDEX reveal_hour_started ON reveal_hour (started_at);
COMMENT ON TABLE reveal_hour IS 'Attempts of each user or account within an hour. A row is deleted within seconds after its hour is over, once its rest is logged';
COMMENT ON COLUMN reveal_hour.viewer IS 'user: plus the token''s sub, or account: plus the broker account';
COMMENT ON COLUMN reveal_hour.started_at IS 'Time of the first attempt; null: no attempt was decided yet';
COMMENT ON COLUMN reveal_hour.released IS 'Values released since then';
COMMENT ON COLUMN reveal_hour.refused IS 'Attempts refused since then';
COMMENT ON COLUMN reveal_hour.rest IS 'Refused attempts that have no entry in the log yet; one summary entry will count them';
COMMENT ON COLUMN reveal_hour.rest_field IS 'The field of these attempts; * for several fields';

-- In the order of a page: newest first. The ledger's own rows are searched, so that results always match the record.
CREATE INDEX ledger_entry_access ON ledger_entry (((leaf::jsonb ->> 'at') COLLATE "C"), partition, number)
    WHERE (leaf::jsonb ->> 'type') = 'vault.reveal';
CREATE INDEX ledger_entry_access_user
    ON ledger_entry ((leaf::jsonb ->> 'user'), ((leaf::jsonb ->> 'at') COLLATE "C"), partition, number)
    WHERE (leaf::jsonb ->> 'type') = 'vault.reveal';
CREATE INDEX ledger_entry_access_field
    ON ledger_entry ((leaf::jsonb ->> 'field'), ((leaf::jsonb ->> 'at') COLLATE "C"), partition, number)
    WHERE (leaf::jsonb ->> 'type') = 'vault.reveal';
CREATE INDEX ledger_entry_access_outcome
    ON ledger_entry ((leaf::jsonb ->> 'outcome'), ((leaf::jsonb ->> 'at') COLLATE "C"), partition, number)
    WHERE (leaf::jsonb ->> 'type') = 'vault.reveal';
