-- What the way of a message needs in every service's database.

CREATE TABLE partition (
    number      smallint PRIMARY KEY,
    next_number bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 50);
COMMENT ON TABLE partition IS 'One row a partition, locked first in each batch: one writer at a time works on it';
COMMENT ON COLUMN partition.next_number IS 'The next outbox number, which is also the message''s sequence';

CREATE TABLE inbox (
    slot        smallint NOT NULL,
    id          uuid NOT NULL,
    source      text NOT NULL,
    body_hash   bytea NOT NULL,
    reply       text,
    is_held     boolean NOT NULL DEFAULT false
) PARTITION BY LIST (slot);
COMMENT ON TABLE inbox IS 'Messages that took effect; source and id within 14 days are one message';
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
COMMENT ON COLUMN outbox.is_held IS 'An acknowledgement of a withdrawal: leaves 1.2 s after whoever publishes saw it';

CREATE TABLE trial (
    body_hash   bytea PRIMARY KEY,
    count       integer NOT NULL,
    tried_at    timestamptz NOT NULL
);
COMMENT ON TABLE trial IS 'Messages under suspicion of killing the process: how often one was taken up alone';

CREATE TABLE instance (
    id          uuid PRIMARY KEY,
    version     text NOT NULL,
    seen_at     timestamptz NOT NULL
);
COMMENT ON TABLE instance IS 'Who lives, as of seen_at; the living share the partitions';
