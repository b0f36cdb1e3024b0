-- A server's sales in the order in which they began.
CREATE INDEX ix_sales_guild_id_created_at ON sales (guild_id, created_at, id);
CREATE INDEX ix_orders_paid_at ON orders (paid_at) WHERE paid_at IS NOT NULL;
-- Money that went back, by when the store said so.
CREATE INDEX ix_orders_returned ON orders (changed_at) WHERE money IN ('refunded', 'lost');
CREATE INDEX ix_subscriptions_status ON subscriptions (status);
