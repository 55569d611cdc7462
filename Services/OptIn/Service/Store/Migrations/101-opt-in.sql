-- The opt-in service identifies a contact by the publisher's id; of the address it stores a keyed hash.

CREATE TABLE contact (
    contact          text PRIMARY KEY,
    status           text NOT NULL,
    since            timestamptz NOT NULL,
    held_opt_out     text,
    is_stopped       boolean NOT NULL DEFAULT false,
    address_hash     text,
    undecided        text[] NOT NULL,
    decided          text[] NOT NULL,
    lists            text[] NOT NULL,
    mailed_at        timestamptz,
    change_count     integer NOT NULL,
    last_fact        bigint NOT NULL DEFAULT 0,
    fact_before      bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
COMMENT ON TABLE contact IS
    'One row per contact: a state machine of six statuses (O1-O12). Rows are kept until the contact is erased';
COMMENT ON COLUMN contact.status IS 'none, single-opt-in-user, single-opt-in-webform, double-opt-in, opt-out-user, opt-out-contact';
COMMENT ON COLUMN contact.held_opt_out IS 'The opt-out that stays in force, after a form submitted on it, until the contact confirms (O7)';
COMMENT ON COLUMN contact.is_stopped IS 'The contact has stopped the use of their data: only replies are sent, and users change nothing (C4)';
COMMENT ON COLUMN contact.address_hash IS 'Keyed hash of the contact''s address, as address.hash';
COMMENT ON COLUMN contact.undecided IS 'Messages that named an address and that the vault has not decided on (O12)';
COMMENT ON COLUMN contact.decided IS 'The vault''s decisions on messages that have not arrived here yet';
COMMENT ON COLUMN contact.lists IS 'Mailing lists subscribed to (O10)';
COMMENT ON COLUMN contact.mailed_at IS 'Time of the last double-opt-in mail that was not answered (O4)';
COMMENT ON COLUMN contact.change_count IS 'Number of rows in status_change';
COMMENT ON COLUMN contact.last_fact IS 'Number of the last fact about the contact, or a number between it and the next fact''s; consent needs it to recover lost facts (X5)';
COMMENT ON COLUMN contact.fact_before IS 'Number of the last fact before the epoch of last_fact: an older fact with a higher number was lost';

CREATE TABLE status_change (
    contact          text NOT NULL,
    number           integer NOT NULL,
    from_status      text NOT NULL,
    to_status        text NOT NULL,
    at               timestamptz NOT NULL,
    by               text NOT NULL,
    reason           text NOT NULL,
    form             text,
    shown_text       text,
    remote_address   text,
    user_agent       text,
    PRIMARY KEY (contact, number)
);
COMMENT ON TABLE status_change IS
    'Every change of a status: who, when, how, from where, under which text. Kept for years (O13); setting the same status again makes no row';
COMMENT ON COLUMN status_change.by IS 'contact, user, suite';
COMMENT ON COLUMN status_change.shown_text IS 'The sentence beside the form''s checkbox, as it was shown';

CREATE TABLE confirmation (
    id               uuid PRIMARY KEY,
    contact          text NOT NULL,
    state            text NOT NULL,
    expires_at       timestamptz NOT NULL,
    lists            text[] NOT NULL
) WITH (fillfactor = 90);
COMMENT ON TABLE confirmation IS
    'Links of double-opt-in mails; without LINK_KEY_FILE an id opens nothing (O3). Rows are deleted 30 days after expires_at (Sweep)';
COMMENT ON COLUMN confirmation.state IS 'pending, confirmed, declined, superseded, spent; a pending one past expires_at is expired';
COMMENT ON COLUMN confirmation.lists IS 'Lists that the contact subscribes to by confirming';
CREATE INDEX confirmation_pending ON confirmation (contact) WHERE state = 'pending';
