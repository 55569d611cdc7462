-- A version's number says nothing of its key: two hosts' files may have different keys under the same one.

ALTER TABLE key_holder ADD COLUMN checks bytea[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN key_holder.checks IS 'Of each version, in the order of versions, what only its key yields; of no other use';
