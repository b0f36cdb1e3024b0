-- The roles of which a member needs one to buy a product; without a row anybody may.
CREATE TABLE access_roles (
    guild_id BIGINT NOT NULL,
    product_id VARCHAR(64) NOT NULL,
    role_id BIGINT NOT NULL,
    title TEXT NOT NULL,  -- the product's, when the role was added
    CONSTRAINT pk_access_roles PRIMARY KEY (guild_id, product_id, role_id)
);

-- Members who may buy nothing.
CREATE TABLE blocks (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    reason TEXT NOT NULL,  -- empty: none was given
    blocked_at {instant} NOT NULL,
    CONSTRAINT pk_blocks PRIMARY KEY (guild_id, member_id)
);

-- What members read while nothing is sold in the server; null while it is.
ALTER TABLE guild_settings ADD COLUMN closed TEXT;
