-- When its member is to be reminded that it ends; null once they were, or where there is nothing to say.
ALTER TABLE grants ADD COLUMN remind_at {instant};
ALTER TABLE subscriptions ADD COLUMN remind_at {instant};
CREATE INDEX ix_grants_remind ON grants (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX ix_subscriptions_remind ON subscriptions (remind_at) WHERE remind_at IS NOT NULL;
-- Whether a server's members are reminded; null: they are.
ALTER TABLE guild_settings ADD COLUMN end_reminders BOOLEAN;
-- What ends from now on is told of too: three days are 259,200,000 ms.
UPDATE grants SET remind_at = ends_at - 259200000
WHERE state = 'live' AND ends_at IS NOT NULL AND days IS NOT NULL;
