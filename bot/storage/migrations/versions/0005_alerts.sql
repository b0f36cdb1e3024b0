-- What a member wants to be told of a product: once.
CREATE TABLE alerts (
    id {row_id},
    -- Opaque: it stands in custom_ids.
    reference VARCHAR(16) NOT NULL,
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,  -- 'stock' or 'price'
    product_id VARCHAR(128) NOT NULL,
    variant_id VARCHAR(128) NOT NULL,  -- empty: whichever variant
    price INTEGER NOT NULL,  -- cents, as it was when they asked
    asked_at {instant} NOT NULL,
    found_at {instant},  -- null while it is waited for
    missed BOOLEAN NOT NULL DEFAULT FALSE,  -- it was so, and their direct messages were closed
    CONSTRAINT pk_alerts PRIMARY KEY (id),
    CONSTRAINT uq_alerts_reference UNIQUE (reference)
);
CREATE UNIQUE INDEX uq_alerts_waiting ON alerts (user_id, guild_id, kind, product_id, variant_id)
    WHERE found_at IS NULL;
CREATE INDEX ix_alerts_waiting ON alerts (product_id, variant_id, kind, price) WHERE found_at IS NULL;
CREATE INDEX ix_alerts_user_id ON alerts (user_id, guild_id, kind, product_id, variant_id);
