-- The access log (V3): entries of the ledger, found by who, what and when; and how often each has asked.

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
COMMENT ON TABLE reveal_hour IS 'What each user or account has asked for within an hour. A row goes within seconds when the hour is over, once its rest is logged';
COMMENT ON COLUMN reveal_hour.viewer IS 'user: and the token''s sub, or account: and the broker account';
COMMENT ON COLUMN reveal_hour.started_at IS 'The first attempt; null: none was decided yet';
COMMENT ON COLUMN reveal_hour.released IS 'Values released since then';
COMMENT ON COLUMN reveal_hour.refused IS 'Attempts refused since then';
COMMENT ON COLUMN reveal_hour.rest IS 'Refused attempts that have no entry in the log yet; one entry will count them';
COMMENT ON COLUMN reveal_hour.rest_field IS 'The field of these attempts, * where they are several';

-- In the order of a page: newest first. The log is searched where it stands, so that what is found is what was recorded.
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
