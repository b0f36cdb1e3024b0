-- A role that is taken when the benefit's is given; null: none.
ALTER TABLE benefits ADD COLUMN replaces BIGINT;
ALTER TABLE benefit_proposals ADD COLUMN replaces BIGINT;
-- Where the message is posted, too, as a welcome; null: nowhere.
ALTER TABLE benefits ADD COLUMN channel_id BIGINT;
ALTER TABLE benefit_proposals ADD COLUMN channel_id BIGINT;
-- Whether the role stays at a chargeback; null: as after a refund.
ALTER TABLE benefits ADD COLUMN kept_at_chargeback BOOLEAN;
ALTER TABLE benefit_proposals ADD COLUMN kept_at_chargeback BOOLEAN;
ALTER TABLE grants ADD COLUMN kept_at_chargeback BOOLEAN;
