-- Who is in the middle of something at the store that is done by one at a time, until when at the longest.
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until {instant} NOT NULL,
    CONSTRAINT pk_leases PRIMARY KEY (name)
);
