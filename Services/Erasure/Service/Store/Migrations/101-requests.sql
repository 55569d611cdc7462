-- Contacts' requests for an erasure or a copy of their data (E1), and the consent service's orders about them (X5).

CREATE TABLE rights_request (
    id         uuid PRIMARY KEY,
    contact    text NOT NULL,
    kind       text NOT NULL,
    channel    text NOT NULL,
    state      text NOT NULL,
    created_at timestamptz NOT NULL,
    due_at     timestamptz NOT NULL
);
CREATE INDEX rights_request_contact ON rights_request (contact);
-- Requests are listed by their due date. Those that are ended are far more than those that are not.
CREATE INDEX rights_request_due ON rights_request (due_at, id);
CREATE INDEX rights_request_open ON rights_request (due_at, id)
    WHERE state NOT IN ('completed', 'cancelled', 'not-found');
COMMENT ON TABLE rights_request IS 'Requests for an erasure or a copy of the data. A request for a copy is kept until the contact is erased; a request for an erasure is kept, to show that it was carried out and when';
COMMENT ON COLUMN rights_request.id IS 'The id that the contact and users are told. A request made on the page has the id of the consent service''s order';
COMMENT ON COLUMN rights_request.contact IS 'The publisher''s id of the contact, which says nothing of the person; the contact may be unknown to other services';
COMMENT ON COLUMN rights_request.kind IS 'erasure or access';
COMMENT ON COLUMN rights_request.channel IS 'Where the contact made the request, such as page or phone; recovered: restored after its row was lost';
COMMENT ON COLUMN rights_request.state IS 'open; more states follow with the carrying out of requests';
COMMENT ON COLUMN rights_request.created_at IS 'When the contact made the request';
COMMENT ON COLUMN rights_request.due_at IS 'The last moment to answer it: one month after created_at';

CREATE TABLE rights_request_event (
    request uuid NOT NULL REFERENCES rights_request (id) ON DELETE CASCADE,
    place   bigint GENERATED ALWAYS AS IDENTITY,
    at      timestamptz NOT NULL,
    what    text NOT NULL,
    by      text NOT NULL,
    reason  text,
    PRIMARY KEY (request, place)
);
COMMENT ON TABLE rights_request_event IS 'The history of each request. Rows are never changed and go with the request';
COMMENT ON COLUMN rights_request_event.place IS 'Rises from event to event';
COMMENT ON COLUMN rights_request_event.what IS 'requested; recovered: the request was restored after its row was lost';
COMMENT ON COLUMN rights_request_event.by IS 'contact, suite, a user''s id, or the publishing account where no user is known';
COMMENT ON COLUMN rights_request_event.reason IS 'A reason that a user gave';

CREATE TABLE rights_order (
    contact  text NOT NULL,
    kind     text NOT NULL,
    order_id uuid NOT NULL,
    sequence bigint NOT NULL,
    request  uuid NOT NULL,
    PRIMARY KEY (contact, kind)
);
-- If consent's database lost its last commits, it asks for the orders from a number of one of its partitions on.
CREATE INDEX rights_order_sequence ON rights_order ((sequence & 255), sequence);
COMMENT ON TABLE rights_order IS 'The last order of the consent service about each kind of request of a contact. Rows are kept until the contact is erased';
COMMENT ON COLUMN rights_order.kind IS 'As rights_request.kind';
COMMENT ON COLUMN rights_order.order_id IS 'The order in force: the next order must name it';
COMMENT ON COLUMN rights_order.sequence IS 'Number of the order; an order with a lower or equal number changes nothing. Its lowest 8 bits are the partition of the consent service';
COMMENT ON COLUMN rights_order.request IS 'The request that was open when the order came into force, as rights_request.id';
