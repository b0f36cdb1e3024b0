-- Public messages that show what is sold, and follow the catalog.
CREATE TABLE panels (
    id {row_id},
    -- Opaque: it stands in custom_ids.
    reference VARCHAR(16) NOT NULL,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    -- Both empty: the whole shop.
    product_id VARCHAR(128) NOT NULL,
    category_id VARCHAR(128) NOT NULL,
    title TEXT NOT NULL,  -- what it shows, as it was called when it was posted
    said TEXT,  -- an announcement's text; null for a panel
    posted_by BIGINT NOT NULL,
    created_at {instant} NOT NULL,
    confirmed_at {instant},  -- null while an announcement is only looked at by who wrote it
    message_id BIGINT,  -- null until it is posted
    shows VARCHAR(64),  -- tells what the message shows from anything else
    -- Removed by staff, or its message or channel is gone.
    removed_at {instant},
    CONSTRAINT pk_panels PRIMARY KEY (id),
    CONSTRAINT uq_panels_reference UNIQUE (reference)
);
-- The same stands once in a channel; announcements as often as somebody writes one.
CREATE UNIQUE INDEX uq_panels_in_use ON panels (channel_id, product_id, category_id)
    WHERE removed_at IS NULL AND said IS NULL;
CREATE INDEX ix_panels_guild_id ON panels (guild_id, id) WHERE removed_at IS NULL AND confirmed_at IS NOT NULL;
CREATE INDEX ix_panels_channel_id ON panels (channel_id) WHERE removed_at IS NULL;
CREATE INDEX ix_panels_posted ON panels (id) WHERE removed_at IS NULL AND message_id IS NOT NULL;
CREATE INDEX ix_panels_drafts ON panels (created_at) WHERE confirmed_at IS NULL;
