-- The key store: a separate database, excluded from ordinary backups, so that a destroyed key cannot be restored (E3).

CREATE TABLE contact_key (
    contact text PRIMARY KEY,
    version integer NOT NULL,
    keys    jsonb NOT NULL
);
CREATE INDEX contact_key_version ON contact_key (version);
COMMENT ON TABLE contact_key IS 'All data keys of a contact in one row. The row is deleted with the contact''s erasure, a single key with its value';
COMMENT ON COLUMN contact_key.contact IS 'The contact''s id in the vault''s database';
COMMENT ON COLUMN contact_key.version IS 'The version of the key-encryption key that wraps all keys of the row';
COMMENT ON COLUMN contact_key.keys IS 'Field name to data key, wrapped (RFC 3394), base64url';

-- Adds the `fresh` keys and deletes the `gone` keys, one contact per array index. An existing key is kept, because a
-- value may be sealed under it. A key is deleted only if it is still the one that the caller read, so that a stalled
-- writer cannot destroy a newer key. Returns the resulting rows; if a row's version has changed, raises an error and
-- the caller retries.
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
