-- One of a member in a server; none is an empty one.
CREATE TABLE carts (
    user_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    lines TEXT NOT NULL,  -- at the prices that they were last shown at
    coupon VARCHAR(64),
    changed_at {instant} NOT NULL,
    CONSTRAINT pk_carts PRIMARY KEY (user_id, guild_id)
);

-- Until its things have left the cart: with the first link.
ALTER TABLE sales ADD COLUMN from_cart BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE unconfirmed_purchases ADD COLUMN from_cart BOOLEAN NOT NULL DEFAULT FALSE;
