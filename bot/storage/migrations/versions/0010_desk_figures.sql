-- A server's sales in the order in which they began. Partial, so that it isn't taken for what asks for a
-- buyer of the server: `id > 0` is so of each.
CREATE INDEX ix_sales_begun ON sales (guild_id, created_at, id) WHERE id > 0;
CREATE INDEX ix_orders_paid_at ON orders (paid_at) WHERE paid_at IS NOT NULL;
-- Money that went back, by when the store said so.
CREATE INDEX ix_orders_returned ON orders (changed_at) WHERE money IN ('refunded', 'lost');
CREATE INDEX ix_subscriptions_status ON subscriptions (status);
