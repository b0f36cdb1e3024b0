-- A member's problem with a purchase, until somebody closes it.
CREATE TABLE support_cases (
    id {row_id},
    -- Opaque: it stands in custom_ids.
    reference VARCHAR(16) NOT NULL,
    sale_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    channel_id BIGINT,  -- in which its thread is; null where the bot may open none
    thread_id BIGINT,
    opened_at {instant} NOT NULL,
    closed_at {instant},
    closed_by BIGINT,
    CONSTRAINT pk_support_cases PRIMARY KEY (id),
    CONSTRAINT uq_support_cases_reference UNIQUE (reference),
    CONSTRAINT fk_support_cases_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);
CREATE UNIQUE INDEX uq_support_cases_open ON support_cases (sale_id, member_id) WHERE closed_at IS NULL;
