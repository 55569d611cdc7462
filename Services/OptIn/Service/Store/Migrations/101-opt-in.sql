-- The opt-in service knows a contact by the publisher's id; of the address it keeps a keyed hash.

CREATE TABLE contact (
    contact          text PRIMARY KEY,
    status           text NOT NULL,
    since            timestamptz NOT NULL,
    held_opt_out     text,
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
    'One row a contact: the six statuses in one machine (O1-O12). Rows stay until the contact is erased';
COMMENT ON COLUMN contact.status IS 'none, single-opt-in-user, single-opt-in-webform, double-opt-in, opt-out-user, opt-out-contact';
COMMENT ON COLUMN contact.held_opt_out IS 'After a form on an opt-out: the opt-out that holds until the contact confirms (O7)';
COMMENT ON COLUMN contact.address_hash IS 'The address, as address.hash';
COMMENT ON COLUMN contact.undecided IS 'Messages that named an address and on which the vault has not spoken (O12)';
COMMENT ON COLUMN contact.decided IS 'Messages on which the vault has spoken before they came here';
COMMENT ON COLUMN contact.lists IS 'Mailing lists subscribed to (O10)';
COMMENT ON COLUMN contact.mailed_at IS 'The last double-opt-in mail that its reader has not answered (O4)';
COMMENT ON COLUMN contact.change_count IS 'Rows of status_change';
COMMENT ON COLUMN contact.last_fact IS 'Number of the last fact about the contact, or one between it and the next fact''s: for consent, should its database lose what it heard (X5)';
COMMENT ON COLUMN contact.fact_before IS 'The same of the last fact before the epoch of last_fact: a fact of then with a higher number was lost';

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
    'Every change of a status: who, when, how, from where, under which text. Kept for years (O13); a repetition of what holds makes no row';
COMMENT ON COLUMN status_change.by IS 'contact, user, suite';
COMMENT ON COLUMN status_change.shown_text IS 'The sentence beside the box of the form, as it was shown';

CREATE TABLE confirmation (
    id               uuid PRIMARY KEY,
    contact          text NOT NULL,
    state            text NOT NULL,
    expires_at       timestamptz NOT NULL,
    lists            text[] NOT NULL
) WITH (fillfactor = 90);
COMMENT ON TABLE confirmation IS
    'Links of double-opt-in mails; without LINK_KEY_FILE an id opens nothing (O3). Rows go 30 days after expires_at (Sweep)';
COMMENT ON COLUMN confirmation.state IS 'pending, confirmed, declined, superseded; a pending one past expires_at is expired';
COMMENT ON COLUMN confirmation.lists IS 'Lists that the contact subscribes to by confirming';
CREATE INDEX confirmation_pending ON confirmation (contact) WHERE state = 'pending';
