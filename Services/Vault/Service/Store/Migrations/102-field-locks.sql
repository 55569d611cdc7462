-- What contacts decided about fields (C1), and what the configuration once said of them (V6).

CREATE TABLE field_lock (
    contact    text NOT NULL,
    name       text NOT NULL,
    is_locked  boolean NOT NULL,
    is_cleared boolean NOT NULL,
    sequence   bigint NOT NULL,
    order_id   uuid NOT NULL,
    ordered_at timestamptz NOT NULL,
    PRIMARY KEY (contact, name)
);
-- Consent's database, where it lost its last commits, asks for orders since a number of one of its partitions.
CREATE INDEX field_lock_sequence ON field_lock ((sequence & 255), sequence);
COMMENT ON TABLE field_lock IS 'The last order of the consent service about a contact''s field; without one the consent''s default holds. Rows stay until the contact is erased';
COMMENT ON COLUMN field_lock.contact IS 'As contact.id; the order may come before the contact';
COMMENT ON COLUMN field_lock.name IS 'As field.name';
COMMENT ON COLUMN field_lock.is_locked IS 'Nobody writes or reveals the field';
COMMENT ON COLUMN field_lock.is_cleared IS 'A revocation destroyed the value, and none was stored since';
COMMENT ON COLUMN field_lock.sequence IS 'Of the order: a lower or equal one changes nothing any more. Its lowest 8 bits name the partition of the consent service';
COMMENT ON COLUMN field_lock.order_id IS 'The order in force: the next one must name it';
COMMENT ON COLUMN field_lock.ordered_at IS 'When the row last changed';

CREATE TABLE sensitive_field (
    name       text PRIMARY KEY,
    shown_end  text,
    shown      integer NOT NULL,
    noted_at   timestamptz NOT NULL,
    CONSTRAINT shown_somewhere CHECK ((shown_end IS NULL) = (shown = 0) AND shown_end IN ('first', 'last'))
);
COMMENT ON TABLE sensitive_field IS 'Fields that a configuration once marked sensitive: they stay so, and never more of them shows (V6)';
COMMENT ON COLUMN sensitive_field.name IS 'As field.name';
COMMENT ON COLUMN sensitive_field.shown_end IS 'Which end stays visible, first or last; null: neither';
COMMENT ON COLUMN sensitive_field.shown IS 'The fewest characters that a configuration left visible';
COMMENT ON COLUMN sensitive_field.noted_at IS 'When a service last started with a new mark or a narrower mask';
