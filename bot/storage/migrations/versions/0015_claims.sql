-- When somebody tried to claim what was bought on the website: nothing of what they typed is kept.
CREATE TABLE claim_tries (
    id {row_id},
    user_id BIGINT NOT NULL,
    at {instant} NOT NULL,
    CONSTRAINT pk_claim_tries PRIMARY KEY (id)
);
CREATE INDEX ix_claim_tries_user_id_at ON claim_tries (user_id, at);
CREATE INDEX ix_claim_tries_at ON claim_tries (at);
