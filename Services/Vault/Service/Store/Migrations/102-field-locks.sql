-- Locks of fields by contacts' decisions (C1), and fields that a configuration once marked sensitive (V6).

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
-- If consent's database lost its last commits, it asks for the orders from a number of one of its partitions on.
CREATE INDEX field_lock_sequence ON field_lock ((sequence & 255), sequence);
COMMENT ON TABLE field_lock IS 'The last order of the consent service about a contact''s field; without a row the consent''s default applies. Rows are kept until the contact is erased';
COMMENT ON COLUMN field_lock.contact IS 'As contact.id; the order may arrive before the contact';
COMMENT ON COLUMN field_lock.name IS 'As field.name';
COMMENT ON COLUMN field_lock.is_locked IS 'A locked field is neither written nor revealed';
COMMENT ON COLUMN field_lock.is_cleared IS 'A revocation destroyed the value, and no value was stored since';
COMMENT ON COLUMN field_lock.sequence IS 'Number of the order; an order with a lower or equal number is ignored. Its lowest 8 bits are the partition of the consent service';
COMMENT ON COLUMN field_lock.order_id IS 'The order in force: the next order must name it';
COMMENT ON COLUMN field_lock.ordered_at IS 'When the row last changed';

CREATE TABLE sensitive_field (
    name       text PRIMARY KEY,
    shown_end  text,
    shown      integer NOT NULL,
    noted_at   timestamptz NOT NULL,
    CONSTRAINT shown_somewhere CHECK ((shown_end IS NULL) = (shown = 0) AND shown_end IN ('first', 'last'))
);
COMMENT ON TABLE sensitive_field IS 'Fields that a configuration once marked sensitive: they stay sensitive, and their visible part never grows (V6)';
COMMENT ON COLUMN sensitive_field.name IS 'As field.name';
COMMENT ON COLUMN sensitive_field.shown_end IS 'The end that stays visible, first or last; null: none';
COMMENT ON COLUMN sensitive_field.shown IS 'The smallest number of characters that a configuration left visible';
COMMENT ON COLUMN sensitive_field.noted_at IS 'When a service last started with a new mark or a narrower mask';
