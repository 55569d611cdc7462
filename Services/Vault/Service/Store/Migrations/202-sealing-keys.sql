-- The keys to which others seal values on their way to the vault (X4).

CREATE TABLE sealing_key (
    kid        text PRIMARY KEY,
    version    integer NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);
CREATE UNIQUE INDEX sealing_key_current ON sealing_key ((true)) WHERE retired_at IS NULL;
COMMENT ON TABLE sealing_key IS 'P-256 keys; one is current, those before it open what is under way. A row goes 7 days after its key was replaced';
COMMENT ON COLUMN sealing_key.kid IS 'RFC 7638 thumbprint of the public key';
COMMENT ON COLUMN sealing_key.version IS 'The key-encryption key under which the private scalar is sealed';
COMMENT ON COLUMN sealing_key.sealed IS 'Nonce, AES-256-GCM ciphertext, tag; bound to this table and kid';
COMMENT ON COLUMN sealing_key.created_at IS 'When it was made; published 5 s later, when every instance has it';
COMMENT ON COLUMN sealing_key.retired_at IS 'When another took its place';
