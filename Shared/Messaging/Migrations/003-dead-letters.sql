-- What could not be accepted: kept for the operator, with the reason (Q2).

CREATE TABLE dead_letter (
    id           uuid PRIMARY KEY,
    key          bytea NOT NULL UNIQUE,
    partition    smallint NOT NULL,
    at           timestamptz NOT NULL,
    code         text NOT NULL,
    message      text NOT NULL,
    pointer      text,
    exchange     text NOT NULL,
    type         text NOT NULL,
    account      text NOT NULL,
    contact      text COLLATE "C",
    source       text,
    message_id   uuid,
    properties   text NOT NULL,
    body         bytea,
    body_bytes   integer NOT NULL,
    repeated     integer NOT NULL DEFAULT 0,
    redriven     integer NOT NULL DEFAULT 0
);
CREATE INDEX dead_letter_contact ON dead_letter (contact, id);
CREATE INDEX dead_letter_code ON dead_letter (code, type, id);
CREATE INDEX dead_letter_at ON dead_letter (at);
COMMENT ON TABLE dead_letter IS 'Dead letters: messages that could not be accepted. A row goes after deadLetters.keep, with the contact''s erasure, when the operator discards it, or when a redrive is accepted';
COMMENT ON COLUMN dead_letter.id IS 'Time-ordered: a contact''s letters sort in the order in which they were refused';
COMMENT ON COLUMN dead_letter.key IS 'SHA-256 over source and id, or over the body where these cannot be read: the same message again raises repeated';
COMMENT ON COLUMN dead_letter.partition IS 'The partition whose letter_bytes counts the body';
COMMENT ON COLUMN dead_letter.pointer IS 'Where in the message (RFC 6901)';
COMMENT ON COLUMN dead_letter.exchange IS 'Where it was published; unrouted: no queue took it; empty: the broker gave it up, and it is none of the types that the service takes';
COMMENT ON COLUMN dead_letter.type IS 'Its routing key';
COMMENT ON COLUMN dead_letter.account IS 'The publishing account, checked by the broker';
COMMENT ON COLUMN dead_letter.contact IS 'The contact that it is about, where one can be read';
COMMENT ON COLUMN dead_letter.properties IS 'AMQP properties and headers as JSON, without the authorization';
COMMENT ON COLUMN dead_letter.body IS 'Version of the key (2 bytes), nonce, AES-256-GCM ciphertext, tag; bound to id. NULL: not kept';
COMMENT ON COLUMN dead_letter.body_bytes IS 'Bytes of the body as it came';
COMMENT ON COLUMN dead_letter.redriven IS 'How often the operator had it judged again in vain';
