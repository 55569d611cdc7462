-- What contacts are found by (V5): keyed hashes of what is visible of their fields, and of nothing else. They stand in
-- the key store, so that an erased contact's are gone with the keys.

CREATE TABLE index_key (
    field   text PRIMARY KEY,
    version integer NOT NULL,
    wrapped bytea NOT NULL,
    id      bigint GENERATED ALWAYS AS IDENTITY
);
CREATE UNIQUE INDEX index_key_id ON index_key (id);
COMMENT ON TABLE index_key IS 'The keys of the hashes, one a field, made with its first value. Rows stay: only declared fields have one';
COMMENT ON COLUMN index_key.field IS 'As field.name in the vault''s database';
COMMENT ON COLUMN index_key.version IS 'The key-encryption key that wraps it';
COMMENT ON COLUMN index_key.wrapped IS 'Wrapped (RFC 3394)';
COMMENT ON COLUMN index_key.id IS 'Names the key: a field gets another where this table was restored without its row';

CREATE TABLE find_posting (
    hash    bigint NOT NULL,
    contact text NOT NULL,
    stamp   bigint NOT NULL,
    field   text NOT NULL,
    PRIMARY KEY (hash, contact, stamp)
);
CREATE INDEX find_posting_value ON find_posting (contact, field, stamp);
COMMENT ON TABLE find_posting IS 'One row for each text by which a value is found; it counts only while the value with its stamp is the one that is stored. Rows go with their value, with its key and with the contact, those of a replaced value 10 minutes later';
COMMENT ON COLUMN find_posting.hash IS 'Of the text and of what the configuration shows of the field, under the field''s key; 64 bits';
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
COMMENT ON TABLE find_review IS 'Values whose postings are to be looked at once more: of a replaced value some may be left. A row goes when that is done';
COMMENT ON COLUMN find_review.contact IS 'The contact''s id';
COMMENT ON COLUMN find_review.field IS 'As field.name';
COMMENT ON COLUMN find_review.due_at IS 'When what the writer had under way is over for certain';

CREATE TABLE find_pass (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rules       text NOT NULL UNIQUE,
    cursor      text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
COMMENT ON TABLE find_pass IS 'Passes over all contacts, one for each configuration that shows other things than the one before: the last one counts. Rows stay: there are as many as configurations';
COMMENT ON COLUMN find_pass.id IS 'Rises';
COMMENT ON COLUMN find_pass.rules IS 'Names what the configuration shows of sensitive fields';
COMMENT ON COLUMN find_pass.cursor IS 'The last contact that was looked at';
COMMENT ON COLUMN find_pass.created_at IS 'When the first instance started with this configuration';
COMMENT ON COLUMN find_pass.finished_at IS 'When every contact was looked at';

CREATE TABLE find_mark (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number  bigint NOT NULL
);
COMMENT ON TABLE find_mark IS 'Rises every minute, here just after the vault''s database: where the two differ by more, one was restored from a backup';
COMMENT ON COLUMN find_mark.is_only IS 'There is one row';
COMMENT ON COLUMN find_mark.number IS 'As find_mark.number of the vault''s database, or one less';

-- With the row of a contact's keys goes what the contact is found by.
CREATE FUNCTION forget_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM find_posting p WHERE p.contact = OLD.contact;
    DELETE FROM find_review r WHERE r.contact = OLD.contact;
    RETURN OLD;
END $$;
CREATE TRIGGER forget_postings AFTER DELETE ON contact_key FOR EACH ROW EXECUTE FUNCTION forget_postings();

-- Locks what a batch is going to change, in one order, before it changes the first: nobody waits for another in a circle.
CREATE FUNCTION lock_keys(contacts text[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM contact_key k WHERE k.contact = ANY (contacts) ORDER BY k.contact FOR NO KEY UPDATE;
END $$;

-- Before postings are written with these keys: one that an instance has in memory may be gone, where the key store was
-- restored from a backup. Then the writer begins again.
CREATE FUNCTION require_index_keys(ids bigint[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF (SELECT count(*) FROM index_key k WHERE k.id = ANY (ids)) <> cardinality(ids) THEN
        RAISE EXCEPTION 'a key of hashes is gone' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Values that are about to be written or removed, a value a place in the first four arrays: `fresh` is the wrapped key
-- that was made for it. A value whose key is gone, and one that has a new key, lose every posting. The postings of a
-- value that is replaced under its key stay until that is certain: whoever finds them compares the stamp. The rows of
-- the keys are locked, so that nobody adds a posting to a field that another is clearing.
-- The planner may have seen the tables empty; they are looked up by index whatever it believes.
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

-- Values as they were read, with the texts that they are found by now; a stamp is null where nothing is stored. What
-- is older than `settled` and belongs to no stored value never will. The rows of the keys are locked against writers.
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
    -- Made by other rules: these are nobody's hashes now. NOT IN, since a subquery that names nothing outside is hashed.
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
    -- A writer may have been faster or may still be at work: then once more.
    INSERT INTO find_review (contact, field, due_at)
    SELECT v.contact, v.field, now() + interval '10 min'
    FROM unnest(contacts, fields, stamps) AS v (contact, field, stamp)
    WHERE EXISTS (
        SELECT FROM find_posting p
        WHERE p.contact = v.contact AND p.field = v.field AND p.stamp IS DISTINCT FROM v.stamp)
    ON CONFLICT (contact, field) DO NOTHING;
END $$;

-- Postings of any of these hashes behind a contact, in the order of the contacts; of the last one some may be missing.
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
