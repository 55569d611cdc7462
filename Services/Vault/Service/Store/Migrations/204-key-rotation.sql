-- The version of the key-encryption key that wraps new keys. The key store holds it instead of a file, so that
-- instances with different files agree; triggers enforce it, so that a rotation completes even if a writer was stalled.

CREATE TABLE key_version (
    version       integer PRIMARY KEY,
    probe         bytea NOT NULL,
    current_since timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz,
    retired_at    timestamptz
);
CREATE UNIQUE INDEX key_version_current ON key_version ((true)) WHERE superseded_at IS NULL;
COMMENT ON TABLE key_version IS 'Versions of the key-encryption key that were ever current; exactly one is. Rows are kept: one per month, to identify the key of a version';
COMMENT ON COLUMN key_version.version IS 'As in the key file; a number is never reused for another key';
COMMENT ON COLUMN key_version.probe IS 'A random key used only as a probe, wrapped: a failure to unwrap it shows that the key file has another key for this version';
COMMENT ON COLUMN key_version.current_since IS 'Since when it wraps new keys; a rotation is due 30 days later';
COMMENT ON COLUMN key_version.superseded_at IS 'When another version became current; rows under this version are rewrapped';
COMMENT ON COLUMN key_version.retired_at IS 'When no row used it any more, so that it may be removed from the key file';

CREATE TABLE key_holder (
    instance text PRIMARY KEY,
    versions integer[] NOT NULL,
    checks   bytea[] NOT NULL,
    wrapping integer NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE key_holder IS 'The vault''s instances: a version becomes current when all live instances hold it. A row is deleted when its instance ends, or an hour after its last heartbeat';
COMMENT ON COLUMN key_holder.instance IS 'service/version/host/process/role';
COMMENT ON COLUMN key_holder.versions IS 'Versions that the instance has loaded';
COMMENT ON COLUMN key_holder.checks IS 'For each of these versions, a value that only its key yields: two files may have different keys under one number';
COMMENT ON COLUMN key_holder.wrapping IS 'The version with which it wraps new keys';
COMMENT ON COLUMN key_holder.seen_at IS 'Time of its last heartbeat; the instance counts as live for 6 s';

-- Rewrapping reads the rows of one version in the order of contacts.
CREATE INDEX contact_key_version_contact ON contact_key (version, contact);
DROP INDEX contact_key_version;

-- The few versions in use, each found by one index look-up.
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

-- Refuses a new row under a version that is not current; its writer retries with the current version. The shared lock,
-- taken before the check, makes a change of the current version wait for the admitted writers.
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
