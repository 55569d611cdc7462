-- The ledger (X1): entries that are never changed, in one tree of hashes (RFC 9162) whose heads are signed. The service
-- inserts and reads; it may delete evidence, for an erasure, and change nothing.

CREATE TABLE ledger_entry (
    partition smallint NOT NULL CHECK (partition >= 0),
    number    bigint NOT NULL CHECK (number > 0),
    leaf      text NOT NULL,
    leaf_hash bytea NOT NULL,
    PRIMARY KEY (partition, number)
);
COMMENT ON TABLE ledger_entry IS 'Recorded entries, numbered in each partition from 1 without a gap';
COMMENT ON COLUMN ledger_entry.partition IS 'The contact''s partition; partition and number form the index, 3-1042';
COMMENT ON COLUMN ledger_entry.number IS 'The partition''s next number when the entry was recorded';
COMMENT ON COLUMN ledger_entry.leaf IS 'The entry as it is hashed: JSON in the form of RFC 8785, in UTF-8; has no personal data';
COMMENT ON COLUMN ledger_entry.leaf_hash IS 'SHA-256 of the byte 0 and leaf, made in the transaction that recorded it';

CREATE TABLE ledger_epoch (
    partition smallint NOT NULL,
    epoch     bigint NOT NULL CHECK (epoch > 0),
    first     bigint NOT NULL,
    PRIMARY KEY (partition, epoch)
);
COMMENT ON TABLE ledger_epoch IS 'Histories that began because the database may have lost its last commits (X5); the first history has no row';
COMMENT ON COLUMN ledger_epoch.epoch IS 'The last part of its entries'' index, 3-1042-epoch, and of the first line of its checkpoints';
COMMENT ON COLUMN ledger_epoch.first IS 'The partition''s first number in this history. Partition 0''s first entry says after which checkpoint it began';

CREATE TABLE ledger_evidence (
    partition smallint NOT NULL,
    number    bigint NOT NULL,
    contact   text,
    salt      bytea NOT NULL,
    content   text NOT NULL,
    PRIMARY KEY (partition, number)
);
CREATE INDEX ledger_evidence_of_contact ON ledger_evidence (contact, partition, number);
COMMENT ON TABLE ledger_evidence IS 'The personal data behind an entry''s commitment; erasure deletes the row, and the tree stays whole';
COMMENT ON COLUMN ledger_evidence.contact IS 'The content''s member contact';
COMMENT ON COLUMN ledger_evidence.salt IS 'Random; without it the content cannot be guessed from the commitment';
COMMENT ON COLUMN ledger_evidence.content IS 'JSON in the form of RFC 8785; commitment = SHA-256 of salt and content';

CREATE TABLE ledger_leaf (
    position  bigint PRIMARY KEY CHECK (position >= 0),
    partition smallint NOT NULL,
    number    bigint NOT NULL,
    hash      bytea NOT NULL,
    UNIQUE (partition, number)
);
COMMENT ON TABLE ledger_leaf IS 'The order of the entries in the tree';
COMMENT ON COLUMN ledger_leaf.position IS 'From 0, without a gap';
COMMENT ON COLUMN ledger_leaf.hash IS 'The entry''s leaf_hash when it was folded into the tree';

CREATE TABLE ledger_node (
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 62),
    index bigint NOT NULL CHECK (index >= 0),
    hash  bytea NOT NULL,
    PRIMARY KEY (level, index)
);
COMMENT ON TABLE ledger_node IS 'Roots of complete subtrees, which never change; proofs are made of them';
COMMENT ON COLUMN ledger_node.level IS 'The subtree has two to the power of level leaves';
COMMENT ON COLUMN ledger_node.index IS 'From 0, from the left';

CREATE TABLE ledger_checkpoint (
    size      bigint PRIMARY KEY CHECK (size > 0),
    root      bytea NOT NULL,
    note      text NOT NULL,
    signed_at timestamptz NOT NULL
);
COMMENT ON TABLE ledger_checkpoint IS 'Signed heads of the tree, one for each transaction of a fold';
COMMENT ON COLUMN ledger_checkpoint.size IS 'Entries in the tree';
COMMENT ON COLUMN ledger_checkpoint.note IS 'A checkpoint as a signed note (c2sp.org/tlog-checkpoint)';

-- Revokes the rights that other roles have by default, save to read, to insert, and to delete evidence.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT DISTINCT c.oid::regclass AS name,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role,
            CASE c.relname WHEN 'ledger_evidence' THEN 'UPDATE, TRUNCATE' ELSE 'UPDATE, DELETE, TRUNCATE' END AS rights
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
        WHERE c.relnamespace = current_schema()::regnamespace AND a.grantee <> c.relowner
            AND c.relname IN ('ledger_entry', 'ledger_epoch', 'ledger_evidence', 'ledger_leaf', 'ledger_node',
                'ledger_checkpoint')
    LOOP
        EXECUTE format('REVOKE %s ON TABLE %s FROM %s', granted.rights, granted.name, granted.role);
    END LOOP;
END $$;
