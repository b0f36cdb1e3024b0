CREATE TABLE billing (
    user_id BIGINT NOT NULL,
    sealed TEXT NOT NULL,  -- nobody reads it without the key that lies beside the signing key
    changed_at {instant} NOT NULL,
    CONSTRAINT pk_billing PRIMARY KEY (user_id)
);

-- Cents, where the payer's country is known.
ALTER TABLE sessions ADD COLUMN tax INTEGER;
ALTER TABLE sessions ADD COLUMN total INTEGER;

-- A member has all of theirs deleted.
CREATE INDEX ix_unconfirmed_purchases_buyer_id ON unconfirmed_purchases (buyer_id);
