-- Of sales of the kinds 'given' and 'free': how long what they earn lasts, if not as its benefits say, and why.
ALTER TABLE sales ADD COLUMN given_days INTEGER;
ALTER TABLE sales ADD COLUMN given_reason TEXT;
-- What is free is taken once by a member, however often at once.
CREATE UNIQUE INDEX uq_sales_taken ON sales (guild_id, buyer_id, fingerprint) WHERE kind = 'free';
-- What a member was given lately.
CREATE INDEX ix_sales_given ON sales (guild_id, buyer_id, created_at) WHERE kind = 'given';
