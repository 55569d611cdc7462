-- What the way of a message needs in every service's database.

CREATE TABLE partition (
    number        smallint PRIMARY KEY CHECK (number BETWEEN 0 AND 255),
    next_number   bigint NOT NULL,
    epoch         bigint NOT NULL DEFAULT 0,
    incarnation   text,
    recover_from  bigint,
    must_recover  boolean NOT NULL DEFAULT false,
    writer        uuid,
    writer_instance uuid,
    letter_bytes  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE partition IS 'One row a partition, locked first in each batch: one writer at a time works on it. Rows stay';
COMMENT ON COLUMN partition.next_number IS 'The next outbox number, which is also the message''s sequence. Its lowest 8 bits are the partition''s number';
COMMENT ON COLUMN partition.epoch IS 'The first number of the history that the database is writing: it changes when commits may have been lost (X5)';
COMMENT ON COLUMN partition.incarnation IS 'incarnation() when the epoch began; another value means that the last commits may be gone. NULL: never used';
COMMENT ON COLUMN partition.recover_from IS 'While other services are asked what they know: the number from which on history may be lost. NULL: nothing is being recovered';
COMMENT ON COLUMN partition.must_recover IS 'The database is another or was promoted, not only restarted: nothing is served before every service was asked';
COMMENT ON COLUMN partition.writer IS 'The session that may write: a session that was replaced finds another here and gives up';
COMMENT ON COLUMN partition.writer_instance IS 'The process that holds that session';
COMMENT ON COLUMN partition.letter_bytes IS 'Bytes of the bodies that the partition''s dead letters keep';

-- Changes when the database is restored, rebuilt, promoted or restarted: then its last commits may be missing.
CREATE FUNCTION incarnation() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
        (SELECT oid FROM pg_database WHERE datname = current_database()), pg_relation_filenode('partition'),
        extract(epoch FROM pg_postmaster_start_time()), left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))
$$;

CREATE TABLE peer_epoch (
    service text PRIMARY KEY,
    epoch   bigint NOT NULL
);
COMMENT ON TABLE peer_epoch IS 'The newest epoch heard from another service: what it said in an older one does not count. A row a service; rows stay';

CREATE TABLE inbox (
    slot        smallint NOT NULL,
    id          uuid NOT NULL,
    source      text NOT NULL,
    body_hash   bytea NOT NULL,
    reply       text,
    is_held     boolean NOT NULL DEFAULT false
) PARTITION BY LIST (slot);
COMMENT ON TABLE inbox IS 'Messages that were judged, taken or refused; source and id within 14 days are one message. A slot is emptied after three weeks at least';
COMMENT ON COLUMN inbox.slot IS 'The week it was received in, modulo 4: the week to come is emptied before it begins';
COMMENT ON COLUMN inbox.body_hash IS 'SHA-256 of the body, cut to 128 bits: another body under the same id is a conflict';
COMMENT ON COLUMN inbox.reply IS 'data of the first reply, to answer a repetition; ids and statuses only, nothing personal';
COMMENT ON COLUMN inbox.is_held IS 'The reply acknowledges a withdrawal and waits out the leases each time';
CREATE TABLE inbox_0 PARTITION OF inbox (PRIMARY KEY (id, source)) FOR VALUES IN (0);
CREATE TABLE inbox_1 PARTITION OF inbox (PRIMARY KEY (id, source)) FOR VALUES IN (1);
CREATE TABLE inbox_2 PARTITION OF inbox (PRIMARY KEY (id, source)) FOR VALUES IN (2);
CREATE TABLE inbox_3 PARTITION OF inbox (PRIMARY KEY (id, source)) FOR VALUES IN (3);

-- The role that a service runs as may not truncate; the owner's function empties just the slot of the week to come.
CREATE FUNCTION clear_inbox(week integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('TRUNCATE inbox_%s', (week + 1) % 4);
END $$;

CREATE TABLE outbox (
    partition   smallint NOT NULL,
    number      bigint NOT NULL,
    message_id  uuid NOT NULL,
    exchange    text NOT NULL,
    routing_key text NOT NULL,
    subject     text NOT NULL,
    correlation text,
    traceparent text,
    is_held     boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (partition, number)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE outbox IS 'Messages to publish, in the order of their numbers; gone once the broker confirmed them';
COMMENT ON COLUMN outbox.created_at IS 'For operators only: no decision rests on it';
COMMENT ON COLUMN outbox.is_held IS 'An acknowledgement of a withdrawal: leaves 1.2 s after whoever publishes saw it';

CREATE TABLE trial (
    body_hash   bytea PRIMARY KEY,
    count       integer NOT NULL,
    tried_at    timestamptz NOT NULL
);
COMMENT ON TABLE trial IS 'Messages under suspicion of killing the process: how often one was taken up alone. Rows go when the message is decided, else after 30 days';

CREATE TABLE instance (
    id          uuid PRIMARY KEY,
    version     text NOT NULL,
    seen_at     timestamptz NOT NULL
);
COMMENT ON TABLE instance IS 'Processes that live, as of seen_at; they share the partitions. A row goes an hour after the last sign of life';
