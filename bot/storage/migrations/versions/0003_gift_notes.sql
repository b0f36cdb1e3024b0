-- What the buyer writes to the one the gift is for, as it was typed.
ALTER TABLE sales ADD COLUMN gift_note VARCHAR(200);
