-- The search index (V5): keyed hashes of the visible parts of contacts' fields only. It is in the key store, so that an
-- erased contact's hashes are deleted with the keys.

CREATE TABLE index_key (
    field   text PRIMARY KEY,
    version integer NOT NULL,
    wrapped bytea NOT NULL,
    id      bigint GENERATED ALWAYS AS IDENTITY
);
CREATE UNIQUE INDEX index_key_id ON index_key (id);
COMMENT ON TABLE index_key IS 'The keys of the hashes, one per field, created with its first value. Rows are kept: only declared fields have one';
COMMENT ON COLUMN index_key.field IS 'As field.name in the vault''s database';
COMMENT ON COLUMN index_key.version IS 'The version of the key-encryption key that wraps it';
COMMENT ON COLUMN index_key.wrapped IS 'Wrapped (RFC 3394)';
COMMENT ON COLUMN index_key.id IS 'Identifies the key: a field gets a new key if this table was restored without its row';

CREATE TABLE find_posting (
    hash    bigint NOT NULL,
    contact text NOT NULL,
    stamp   bigint NOT NULL,
    field   text NOT NULL,
    PRIMARY KEY (hash, contact, stamp)
);
CREATE INDEX find_posting_value ON find_posting (contact, field, stamp);
COMMENT ON TABLE find_posting IS 'One row for each text by which a value is found; it is valid only while the stored value has its stamp. Rows are deleted with their value, with its key and with the contact; those of a replaced value 10 minutes later';
COMMENT ON COLUMN find_posting.hash IS '64-bit hash of the text and of the field''s visibility rule, under the field''s key';
COMMENT ON COLUMN find_posting.contact IS 'The contact''s id';
COMMENT ON COLUMN find_posting.stamp IS 'field.stored_at of the value, in microseconds since 1970';
COMMENT ON COLUMN find_posting.field IS 'As field.name';

CREATE TABLE find_review (
    contact text NOT NULL,
    field   text NOT NULL,
    due_at  timestamptz NOT NULL,
    PRIMARY KEY (contact, field)
);
CREATE INDEX find_review_due ON find_review (due_at);
COMMENT ON TABLE find_review IS 'Values whose postings must be checked again, because postings of a replaced value may be left. A row is deleted after the check';
COMMENT ON COLUMN find_review.contact IS 'The contact''s id';
COMMENT ON COLUMN find_review.field IS 'As field.name';
COMMENT ON COLUMN find_review.due_at IS 'When no batch that wrote the value can still be running';

CREATE TABLE find_pass (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rules       text NOT NULL UNIQUE,
    cursor      text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
COMMENT ON TABLE find_pass IS 'Passes over all contacts, one for each configuration with changed visibility rules: the last one is current. Rows are kept: there are as many as configurations';
COMMENT ON COLUMN find_pass.id IS 'The pass number; it only rises';
COMMENT ON COLUMN find_pass.rules IS 'Hash of the configuration''s visibility rules for sensitive fields';
COMMENT ON COLUMN find_pass.cursor IS 'The last contact that was processed';
COMMENT ON COLUMN find_pass.created_at IS 'When the first instance started with this configuration';
COMMENT ON COLUMN find_pass.finished_at IS 'When every contact was processed';

CREATE TABLE find_mark (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number  bigint NOT NULL
);
COMMENT ON TABLE find_mark IS 'A number that rises every minute, here just after the vault''s database: if the two differ by more than one, a database was restored from a backup';
COMMENT ON COLUMN find_mark.is_only IS 'Limits the table to one row';
COMMENT ON COLUMN find_mark.number IS 'As find_mark.number of the vault''s database, or one less';

-- Deletes a contact's postings with the row of its keys.
CREATE FUNCTION forget_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM find_posting p WHERE p.contact = OLD.contact;
    DELETE FROM find_review r WHERE r.contact = OLD.contact;
    RETURN OLD;
END $$;
CREATE TRIGGER forget_postings AFTER DELETE ON contact_key FOR EACH ROW EXECUTE FUNCTION forget_postings();

-- Locks the rows that a batch will change in a fixed order before the first change, which prevents deadlocks.
CREATE FUNCTION lock_keys(contacts text[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM contact_key k WHERE k.contact = ANY (contacts) ORDER BY k.contact FOR NO KEY UPDATE;
END $$;

-- Called before postings are written with these keys. A key cached by an instance may be missing if the key store was
-- restored from a backup; the error makes the writer retry.
CREATE FUNCTION require_index_keys(ids bigint[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF (SELECT count(*) FROM index_key k WHERE k.id = ANY (ids)) <> cardinality(ids) THEN
        RAISE EXCEPTION 'a key of hashes is gone' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Updates the postings of values that are about to be written or removed, one value per index of the first four arrays;
-- `fresh` is the wrapped key that was created for the value. A value whose key is deleted or new loses all its
-- postings. Postings of a value replaced under the same key stay until the replacement is certain; searches compare the
-- stamp. The key rows are locked, so that no posting is added to a field that another batch clears.
-- The statistics may stem from empty tables; the settings force index look-ups.
CREATE FUNCTION save_postings(
    contacts text[], fields text[], fresh text[], stamps bigint[], places integer[], hashes bigint[], known_rules text
) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    held text[];
    is_outdated boolean;
BEGIN
    PERFORM 1 FROM contact_key k WHERE k.contact = ANY (contacts) ORDER BY k.contact FOR SHARE;
    SELECT array_agg(k.keys ->> v.field ORDER BY v.place) INTO held
    FROM unnest(contacts, fields) WITH ORDINALITY AS v (contact, field, place)
    LEFT JOIN contact_key k ON k.contact = v.contact;
    DELETE FROM find_posting p USING unnest(contacts, fields, fresh, held) AS v (contact, field, fresh, held)
    WHERE p.contact = v.contact AND p.field = v.field AND (v.held IS NULL OR v.held = v.fresh);
    INSERT INTO find_posting (hash, contact, stamp, field)
    SELECT n.hash, contacts[n.place], stamps[n.place], fields[n.place]
    FROM unnest(places, hashes) AS n (place, hash)
    WHERE held[n.place] IS NOT NULL ON CONFLICT DO NOTHING;
    is_outdated := known_rules IS DISTINCT FROM (SELECT p.rules FROM find_pass p ORDER BY p.id DESC LIMIT 1);
    INSERT INTO find_review AS r (contact, field, due_at)
    SELECT v.contact, v.field, now() + CASE WHEN is_outdated THEN interval '15 s' ELSE interval '10 min' END
    FROM unnest(contacts, fields, stamps, held) AS v (contact, field, stamp, held)
    WHERE v.held IS NOT NULL AND (
        is_outdated OR EXISTS (
            SELECT FROM find_posting p WHERE p.contact = v.contact AND p.field = v.field AND p.stamp <> v.stamp))
    ON CONFLICT (contact, field) DO UPDATE SET due_at = least(r.due_at, excluded.due_at);
END $$;

-- Rebuilds the postings of values as they were read, with the texts by which they are found now; a null stamp means
-- that nothing is stored. Postings older than `settled` that match no stored value are deleted, since no batch can
-- still commit theirs. The key rows are locked against writers.
CREATE FUNCTION renew_postings(
    contacts text[], fields text[], stamps bigint[], places integer[], hashes bigint[], settled bigint
) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    held text[];
BEGIN
    PERFORM 1 FROM contact_key k WHERE k.contact = ANY (contacts) ORDER BY k.contact FOR NO KEY UPDATE;
    SELECT array_agg(k.keys ->> v.field ORDER BY v.place) INTO held
    FROM unnest(contacts, fields) WITH ORDINALITY AS v (contact, field, place)
    LEFT JOIN contact_key k ON k.contact = v.contact;
    DELETE FROM find_posting p
    USING unnest(contacts, fields, stamps, held) AS v (contact, field, stamp, held)
    WHERE p.contact = v.contact AND p.field = v.field AND (
        v.held IS NULL OR p.stamp IS DISTINCT FROM v.stamp AND p.stamp < settled);
    -- Deletes hashes made by other rules. NOT IN, because PostgreSQL hashes an uncorrelated subquery.
    DELETE FROM find_posting p
    USING unnest(contacts, fields, stamps) WITH ORDINALITY AS v (contact, field, stamp, place)
    WHERE p.contact = v.contact AND p.field = v.field AND p.stamp = v.stamp
        AND (v.place, p.hash) NOT IN (
            SELECT n.place::bigint, n.hash FROM unnest(places, hashes) AS n (place, hash));
    INSERT INTO find_posting (hash, contact, stamp, field)
    SELECT n.hash, contacts[n.place], stamps[n.place], fields[n.place]
    FROM unnest(places, hashes) AS n (place, hash)
    WHERE held[n.place] IS NOT NULL AND stamps[n.place] IS NOT NULL ON CONFLICT DO NOTHING;
    DELETE FROM find_review r USING unnest(contacts, fields) AS v (contact, field)
    WHERE r.contact = v.contact AND r.field = v.field;
    -- A writer may have replaced the value meanwhile: schedules another review.
    INSERT INTO find_review (contact, field, due_at)
    SELECT v.contact, v.field, now() + interval '10 min'
    FROM unnest(contacts, fields, stamps) AS v (contact, field, stamp)
    WHERE EXISTS (
        SELECT FROM find_posting p
        WHERE p.contact = v.contact AND p.field = v.field AND p.stamp IS DISTINCT FROM v.stamp)
    ON CONFLICT (contact, field) DO NOTHING;
END $$;

-- Postings of any of these hashes after a contact, ordered by contact; those of the last contact may be incomplete.
CREATE FUNCTION find_postings(hashes bigint[], behind text, most integer)
RETURNS TABLE (place bigint, contact text, stamp bigint) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.place, f.contact, f.stamp FROM unnest(hashes) WITH ORDINALITY AS h (hash, place)
    CROSS JOIN LATERAL (
        SELECT p.contact, p.stamp FROM find_posting p WHERE p.hash = h.hash AND p.contact > behind
        ORDER BY p.contact, p.stamp LIMIT most) AS f
    ORDER BY f.contact LIMIT most;
END $$;
