-- Detects a restored backup: the key store has a number that follows this one.

CREATE TABLE find_mark (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number  bigint NOT NULL
);
INSERT INTO find_mark (number) VALUES (1);
COMMENT ON TABLE find_mark IS 'A number that rises every minute, here just before the key store: if the two differ by more than one, a database was restored from a backup';
COMMENT ON COLUMN find_mark.is_only IS 'Limits the table to one row';
COMMENT ON COLUMN find_mark.number IS 'The number; it only rises';
