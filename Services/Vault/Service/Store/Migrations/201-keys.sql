-- The key store: another database, left out of ordinary backups, so that a destroyed key is gone (E3).

CREATE TABLE contact_key (
    contact text PRIMARY KEY,
    version integer NOT NULL,
    keys    jsonb NOT NULL
);
CREATE INDEX contact_key_version ON contact_key (version);
COMMENT ON TABLE contact_key IS 'All data keys of a contact in one row. It goes with the contact''s erasure, a single key with its value';
COMMENT ON COLUMN contact_key.contact IS 'The contact''s id in the vault''s database';
COMMENT ON COLUMN contact_key.version IS 'The key-encryption key that wraps all of them';
COMMENT ON COLUMN contact_key.keys IS 'Field name to data key, wrapped (RFC 3394), base64url';

-- Adds what is fresh and drops what is gone, a contact a place in the arrays. A key that is there already stays, for a
-- value may be sealed under it, and one is dropped only if it is still the one that the caller read: a writer who was
-- stalled destroys no newer key. Returns what then holds; a row that changed its version meanwhile makes the caller
-- begin again.
CREATE FUNCTION save_keys(contacts text[], versions integer[], fresh text[], gone text[])
RETURNS TABLE (contact text, version integer, keys jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    saved integer;
BEGIN
    RETURN QUERY
    WITH change AS (
        SELECT c.contact, c.version, c.fresh::jsonb AS fresh, c.gone::jsonb AS gone
        FROM unnest(contacts, versions, fresh, gone) AS c (contact, version, fresh, gone)
        ORDER BY c.contact
    )
    INSERT INTO contact_key AS k (contact, version, keys)
    SELECT c.contact, c.version, c.fresh FROM change c
    ON CONFLICT (contact) DO UPDATE
    SET keys = excluded.keys || (
        SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
        FROM jsonb_each(k.keys) e, change c
        WHERE c.contact = k.contact AND NOT c.gone @> jsonb_build_object(e.key, e.value))
    WHERE k.version = excluded.version
    RETURNING k.contact, k.version, k.keys;
    GET DIAGNOSTICS saved = ROW_COUNT;
    IF saved <> cardinality(contacts) THEN
        RAISE EXCEPTION 'a contact''s keys were wrapped anew meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
