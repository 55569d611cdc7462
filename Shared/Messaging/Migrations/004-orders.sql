-- Orders to other services: what counts already and is told once the other service has carried it out (X5).

CREATE TABLE sent_order (
    id             uuid PRIMARY KEY,
    place          bigint GENERATED ALWAYS AS IDENTITY,
    contact        text COLLATE "C" NOT NULL,
    topic          text NOT NULL,
    type           text NOT NULL,
    data           text NOT NULL,
    note           text NOT NULL,
    epoch          bigint NOT NULL,
    sequence       bigint NOT NULL,
    follows        uuid,
    request_id     uuid NOT NULL,
    request_source text NOT NULL,
    request_type   text NOT NULL,
    ordered_at     timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX sent_order_contact ON sent_order (contact, place);
CREATE INDEX sent_order_due ON sent_order (ordered_at) WHERE sequence > 0;
COMMENT ON TABLE sent_order IS 'Orders that their receiver has not carried out yet. A row goes when its order is settled, or with the contact';
COMMENT ON COLUMN sent_order.id IS 'The order''s id, the same each time it is sent';
COMMENT ON COLUMN sent_order.place IS 'Rises in the order in which they were placed';
COMMENT ON COLUMN sent_order.topic IS 'What it is about, such as a field: one order about a thing is under way at a time';
COMMENT ON COLUMN sent_order.type IS 'Routing key of its message';
COMMENT ON COLUMN sent_order.data IS 'What is ordered, as JSON: ids, names and statuses only';
COMMENT ON COLUMN sent_order.note IS 'What is told when it is carried out, as JSON: ids, names and statuses only';
COMMENT ON COLUMN sent_order.epoch IS 'The history in which it got its number';
COMMENT ON COLUMN sent_order.sequence IS 'Its number; 0: an earlier order about the same thing comes first';
COMMENT ON COLUMN sent_order.follows IS 'The order in force at the receiver, as far as is known here';
COMMENT ON COLUMN sent_order.request_id IS 'The request, with its source: its inbox row gets the reply';
COMMENT ON COLUMN sent_order.ordered_at IS 'When it was sent last, by the database''s clock: sent again where the answer takes long';

CREATE TABLE sent_order_reply (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sent_order  uuid NOT NULL REFERENCES sent_order (id) ON DELETE CASCADE,
    queue       text NOT NULL,
    correlation text
);
CREATE INDEX sent_order_reply_order ON sent_order_reply (sent_order);
COMMENT ON TABLE sent_order_reply IS 'Addresses that wait for an order''s reply: the request''s and each repetition''s. Rows go with the order';

CREATE TABLE order_in_force (
    contact       text COLLATE "C" NOT NULL,
    topic         text NOT NULL,
    order_id      uuid,
    sequence      bigint NOT NULL,
    state         text NOT NULL,
    answer        bigint NOT NULL,
    PRIMARY KEY (contact, topic)
) WITH (fillfactor = 80);
-- A receiver that lost its last commits asks what it had answered since a number of one of its partitions.
CREATE INDEX order_in_force_answer ON order_in_force ((answer & 255), answer);
COMMENT ON TABLE order_in_force IS 'What the receiver of orders said last is in force. Rows go with the contact';
COMMENT ON COLUMN order_in_force.order_id IS 'NULL: no order came to it yet';
COMMENT ON COLUMN order_in_force.state IS 'What it says, as the receiver''s word';
COMMENT ON COLUMN order_in_force.answer IS 'The number of the answer in the receiver''s history; its lowest 8 bits name the partition';
