-- The locale in which somebody used Discord when they were last seen.
CREATE TABLE readers (
    user_id BIGINT NOT NULL,
    locale VARCHAR(16) NOT NULL,
    CONSTRAINT pk_readers PRIMARY KEY (user_id)
);

-- Of what everybody reads there; null leaves it to the settings.
ALTER TABLE guild_settings ADD COLUMN language VARCHAR(16);
