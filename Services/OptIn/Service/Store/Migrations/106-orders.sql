-- The consent service's orders: what the contact decided on the page (P6), a stop and its end (C4).

CREATE TABLE followed_order (
    contact          text NOT NULL,
    topic            text NOT NULL,
    order_id         uuid NOT NULL,
    sequence         bigint NOT NULL,
    state            text NOT NULL,
    PRIMARY KEY (contact, topic)
) WITH (fillfactor = 80);
-- Consent, when its database has lost its last commits, asks for the orders since a number of one of its partitions.
CREATE INDEX followed_order_sequence ON followed_order ((sequence & 255), sequence);
COMMENT ON TABLE followed_order IS
    'The order in force about each topic of a contact (X5). Rows are kept until the contact is erased';
COMMENT ON COLUMN followed_order.topic IS 'marketing, stop, or list. and a list''s name';
COMMENT ON COLUMN followed_order.sequence IS 'Its number in consent''s history; the lowest 8 bits name the partition. An order with a lower or equal number is ignored';
COMMENT ON COLUMN followed_order.state IS 'in, out; stopped, active; subscribed, left';
