-- The keys to which clients seal values for the vault (X4).

CREATE TABLE sealing_key (
    kid        text PRIMARY KEY,
    version    integer NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);
CREATE UNIQUE INDEX sealing_key_current ON sealing_key ((true)) WHERE retired_at IS NULL;
COMMENT ON TABLE sealing_key IS 'P-256 keys; one is current, older ones open values still in transit. A row is deleted 7 days after its key was replaced';
COMMENT ON COLUMN sealing_key.kid IS 'RFC 7638 thumbprint of the public key';
COMMENT ON COLUMN sealing_key.version IS 'The key-encryption key under which the private scalar is sealed';
COMMENT ON COLUMN sealing_key.sealed IS 'Nonce, AES-256-GCM ciphertext, tag; bound to this table and kid';
COMMENT ON COLUMN sealing_key.created_at IS 'When it was created; it is published 5 s later, when every instance has loaded it';
COMMENT ON COLUMN sealing_key.retired_at IS 'When a newer key replaced it';
