-- Which key-encryption key wraps what is new. The key store says it and not a file, so that instances whose files are
-- not yet the same never differ; and it sees to it, so that a rotation comes to an end whoever was stalled meanwhile.

CREATE TABLE key_version (
    version       integer PRIMARY KEY,
    probe         bytea NOT NULL,
    current_since timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz,
    retired_at    timestamptz
);
CREATE UNIQUE INDEX key_version_current ON key_version ((true)) WHERE superseded_at IS NULL;
COMMENT ON TABLE key_version IS 'Versions of the key-encryption key that were ever current; one is. Rows stay: one a month says which key a version was';
COMMENT ON COLUMN key_version.version IS 'As in the key file; a number is never used for another key';
COMMENT ON COLUMN key_version.probe IS 'A random key of no other use, wrapped: who cannot unwrap it has another key';
COMMENT ON COLUMN key_version.current_since IS 'Since when it wraps what is new; a rotation is due 30 days later';
COMMENT ON COLUMN key_version.superseded_at IS 'When another became current; rows under this one are wrapped anew';
COMMENT ON COLUMN key_version.retired_at IS 'When no row needed it any more, so that it may leave the key file';

CREATE TABLE key_holder (
    instance text PRIMARY KEY,
    versions integer[] NOT NULL,
    checks   bytea[] NOT NULL,
    wrapping integer NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE key_holder IS 'The vault''s instances: a version becomes current when all that live hold it. A row goes when its instance ends, or an hour after its last sign of life';
COMMENT ON COLUMN key_holder.instance IS 'service/version/host/process/role';
COMMENT ON COLUMN key_holder.versions IS 'Versions in its memory';
COMMENT ON COLUMN key_holder.checks IS 'Of each of them, in this order, what only its key yields: two files may have different keys under one number';
COMMENT ON COLUMN key_holder.wrapping IS 'The version with which it wraps what is new';
COMMENT ON COLUMN key_holder.seen_at IS 'Its last sign of life; it counts as living for 6 s';

-- Rows under one version are walked in the order of contacts.
CREATE INDEX contact_key_version_contact ON contact_key (version, contact);
DROP INDEX contact_key_version;

-- The few versions under which anything is wrapped, each found by one step into the index.
CREATE FUNCTION versions_in_use() RETURNS SETOF integer LANGUAGE sql STABLE AS $$
    WITH RECURSIVE held AS (
        SELECT min(version) AS version FROM contact_key
        UNION ALL
        SELECT (SELECT min(k.version) FROM contact_key k WHERE k.version > h.version) FROM held h
        WHERE h.version IS NOT NULL
    )
    SELECT version FROM held WHERE version IS NOT NULL
    UNION
    SELECT version FROM sealing_key
    UNION
    SELECT version FROM index_key
$$;

-- Refuses a new row under a version that is not current (any more); its writer begins again and asks which one is. The
-- lock makes who changes the current version wait for those who have been let in, and comes before the look at it.
CREATE FUNCTION require_current_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared('key_version'::regclass::oid::bigint);
    IF EXISTS (
        SELECT FROM fresh f WHERE f.version <> (SELECT k.version FROM key_version k WHERE k.superseded_at IS NULL))
    THEN
        RAISE EXCEPTION 'another key-encryption key became current' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER current_version AFTER INSERT ON contact_key REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION require_current_version();
CREATE TRIGGER current_version AFTER INSERT ON sealing_key REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION require_current_version();
CREATE TRIGGER current_version AFTER INSERT ON index_key REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION require_current_version();
