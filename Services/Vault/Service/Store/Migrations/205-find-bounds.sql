-- Bounds for what contacts are found by (V5): renewing takes time in step with what is renewed, keys of the hashes that
-- nobody needs go, and a database that was restored from a backup is noticed.

ALTER TABLE index_key
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN made_at timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX index_key_id ON index_key (id);
COMMENT ON COLUMN index_key.id IS 'Rises: of fields that no configuration declares the oldest are searched';
COMMENT ON COLUMN index_key.made_at IS 'A key that no posting needs goes an hour later at the earliest';

CREATE INDEX find_posting_field ON find_posting (field);

CREATE TABLE find_mark (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number  bigint NOT NULL
);
COMMENT ON TABLE find_mark IS 'Rises every minute, here just after the vault''s database: where the two differ by more, one was restored from a backup';
COMMENT ON COLUMN find_mark.is_only IS 'There is one row';
COMMENT ON COLUMN find_mark.number IS 'As find_mark.number of the vault''s database, or one less';

-- Before postings are written with these keys: whoever made a field's key, or has it in memory, may find it gone, and
-- then begins again. Until the transaction ends none of them goes.
CREATE FUNCTION hold_index_keys(ids bigint[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared('index_key'::regclass::oid::bigint);
    IF (SELECT count(*) FROM index_key k WHERE k.id = ANY (ids)) <> cardinality(ids) THEN
        RAISE EXCEPTION 'a key of hashes went meanwhile, for nothing needed it' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Drops keys of undeclared fields, of those behind a field, that no posting needs. Returns the last field that was
-- looked at, null at the end. Who writes is not waited for: then they go another time.
CREATE FUNCTION drop_index_keys(behind text, declared text[], most integer) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    last text;
    idle bigint[];
BEGIN
    WITH page AS (
        SELECT k.id, k.field, k.made_at FROM index_key k WHERE k.field > behind ORDER BY k.field LIMIT most
    )
    SELECT max(p.field), array_agg(p.id) FILTER (
        WHERE p.made_at < now() - interval '1 hour' AND p.field <> ALL (declared)
            AND NOT EXISTS (SELECT FROM find_posting f WHERE f.field = p.field)) INTO last, idle
    FROM page p;
    IF idle IS NOT NULL AND pg_try_advisory_xact_lock('index_key'::regclass::oid::bigint) THEN
        DELETE FROM index_key k
        WHERE k.id = ANY (idle) AND NOT EXISTS (SELECT FROM find_posting f WHERE f.field = k.field);
    END IF;
    RETURN last;
END $$;

-- As before, but what other rules made is found by one look into a table of what the values are found by now, not by
-- one through all of it for each posting.
CREATE OR REPLACE FUNCTION renew_postings(
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
