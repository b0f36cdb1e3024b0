-- Partial, so that they aren't taken for what asks for a buyer of the server: `id > 0` is so of each.
CREATE INDEX ix_sales_listed ON sales (guild_id, id) WHERE id > 0;
CREATE INDEX ix_sales_listed_by_status ON sales (guild_id, status, id) WHERE id > 0;
