-- The contacts. Personal fields are stored sealed; their keys are in another database.

CREATE TABLE contact (
    id           text PRIMARY KEY,
    address_hash text,
    created_at   timestamptz NOT NULL,
    erased_at    timestamptz
);
COMMENT ON TABLE contact IS 'One row per contact that was ever created. Rows are kept: an erased contact keeps its row, so that its id cannot be used again (E5)';
COMMENT ON COLUMN contact.id IS 'Chosen by the publisher; contains no personal data';
COMMENT ON COLUMN contact.address_hash IS 'Keyed hash of the contact''s current address: rule, version of ADDRESS_KEY_FILE, base64url';
COMMENT ON COLUMN contact.created_at IS 'When the first message with an address arrived';
COMMENT ON COLUMN contact.erased_at IS 'Set before the keys are destroyed';

CREATE TABLE field (
    contact   text NOT NULL,
    name      text NOT NULL,
    sealed    bytea NOT NULL,
    stored_at timestamptz NOT NULL,
    PRIMARY KEY (contact, name)
);
COMMENT ON TABLE field IS 'A contact''s personal fields; a field without a row is empty. A row is deleted when the field is emptied or cleared, and with the contact''s erasure';
COMMENT ON COLUMN field.contact IS 'contact.id';
COMMENT ON COLUMN field.name IS 'A profile key; @email and @locale are reserved by the vault';
COMMENT ON COLUMN field.sealed IS 'Nonce, AES-256-GCM ciphertext, tag; bound to this table, contact and name';
COMMENT ON COLUMN field.stored_at IS 'When this value was written';

CREATE TABLE address_change (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact      text NOT NULL,
    at           timestamptz NOT NULL,
    account      text NOT NULL,
    address_hash text NOT NULL
);
CREATE INDEX address_change_of_contact ON address_change (contact, id);
COMMENT ON TABLE address_change IS 'Changes of contacts'' addresses with the account that made them, including the first address (O12). Rows are deleted only with the contact''s erasure, so that a change can be traced for years';
COMMENT ON COLUMN address_change.id IS 'Rises in the order of a contact''s changes';
COMMENT ON COLUMN address_change.contact IS 'contact.id';
COMMENT ON COLUMN address_change.at IS 'When the change was decided';
COMMENT ON COLUMN address_change.account IS 'The broker account that published the message';
COMMENT ON COLUMN address_change.address_hash IS 'Keyed hash of the new address, as contact.address_hash';
