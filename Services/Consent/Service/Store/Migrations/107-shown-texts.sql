-- What contacts were shown (C0, C8): texts with their versions, and who was named as responsible. Receipts are made of
-- it. The service inserts and reads; nothing is ever changed or deleted, and there is no personal data of a contact.
CREATE TABLE shown_text (
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    content json NOT NULL,
    first_shown_at timestamptz NOT NULL,
    PRIMARY KEY (name, version, language)
);
COMMENT ON TABLE shown_text IS 'Every text that a service was started with, in each language; kept for ever. A configuration that changes one under its old version is refused.';
COMMENT ON COLUMN shown_text.name IS 'Place in the configuration: consents/<name>, page/statement, page/policies/<name>.';
COMMENT ON COLUMN shown_text.version IS 'The text''s version, which a decision names.';
COMMENT ON COLUMN shown_text.content IS 'text; of a policy also title; of a consent also purpose, basis, recipients and kind. json, not jsonb: keeps texts as written.';
COMMENT ON COLUMN shown_text.first_shown_at IS 'When a service first started with it.';

CREATE TABLE shown_controller (
    first_shown_at timestamptz PRIMARY KEY,
    content json NOT NULL
);
COMMENT ON TABLE shown_controller IS 'Who was named as responsible for the data, from when on; one row for each change of the setting controller.';
COMMENT ON COLUMN shown_controller.content IS 'name, address, contact, privacyPolicy.';

-- Revokes the rights that other roles have by default, save to read and to insert.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT DISTINCT c.oid::regclass AS name,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
        WHERE c.relnamespace = current_schema()::regnamespace AND a.grantee <> c.relowner
            AND c.relname IN ('shown_text', 'shown_controller')
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON TABLE %s FROM %s', granted.name, granted.role);
    END LOOP;
END $$;
