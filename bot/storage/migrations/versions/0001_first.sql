-- Constraints live here because they, not the code, decide what can't happen twice.
-- Instants are whole milliseconds since 1970 UTC, states short text, documents JSON text, amounts cents.
-- What stands in braces differs between the engines: `bot/storage/dialects.py`.

CREATE TABLE sales (
    id {row_id},
    -- Opaque and public: it stands in custom_ids and metadata, where a row's number would count sales.
    reference VARCHAR(16) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    buyer_id BIGINT NOT NULL,
    recipient_id BIGINT NOT NULL,
    issuer_id BIGINT,
    invoice_number INTEGER,
    lines TEXT NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    subtotal INTEGER,  -- cents; null where the payer picks the price
    coupon VARCHAR(64),
    status VARCHAR(16) NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_sales PRIMARY KEY (id),
    CONSTRAINT uq_sales_reference UNIQUE (reference),
    CONSTRAINT ck_sales_subtotal_positive CHECK (subtotal IS NULL OR subtotal > 0)
);
-- The claim: one open sale for a buyer and what is bought, whoever asks, however often at once.
CREATE UNIQUE INDEX uq_sales_open_claim ON sales (guild_id, buyer_id, fingerprint) WHERE status = 'open';
CREATE INDEX ix_sales_buyer_id_status ON sales (buyer_id, status);
CREATE INDEX ix_sales_gifts ON sales (recipient_id) WHERE recipient_id <> buyer_id;
-- Its column is the one that is asked for: SQLite passes over an index of ids alone.
CREATE INDEX ix_sales_clearing ON sales (status) WHERE status = 'clearing';
-- Partial, so that it isn't taken for what asks for a buyer of the server.
CREATE INDEX ix_sales_paid ON sales (guild_id, recipient_id) WHERE status = 'paid';

-- What a member was asked about because somebody has it already, until they answer.
CREATE TABLE unconfirmed_purchases (
    reference VARCHAR(16) NOT NULL,
    buyer_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    gift_to BIGINT,
    lines TEXT NOT NULL,
    coupon VARCHAR(64),
    asked_at {instant} NOT NULL,
    CONSTRAINT pk_unconfirmed_purchases PRIMARY KEY (reference)
);

CREATE TABLE sessions (
    id {row_id},
    sale_id BIGINT NOT NULL,
    session_id VARCHAR(64),  -- the store's `cs_…`
    url TEXT,
    amount INTEGER,  -- cents, the store's subtotal
    discount INTEGER,  -- cents
    state VARCHAR(16) NOT NULL,
    created_at {instant} NOT NULL,
    expires_at {instant},
    -- While it is `creating`: who makes it has until then, and this is what they ask the store for.
    lease_until {instant},
    attempts INTEGER NOT NULL DEFAULT 0,
    request TEXT,
    -- What its signature has to itself; null where it was recovered and nobody knows it.
    nonce VARCHAR(32),
    -- When the store's orders are asked for it next; null once nothing more can come of it.
    next_poll_at {instant},
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_session_id UNIQUE (session_id),
    CONSTRAINT fk_sessions_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id),
    CONSTRAINT ck_sessions_open_is_complete CHECK (
        state <> 'open' OR (session_id IS NOT NULL AND url IS NOT NULL AND expires_at IS NOT NULL)
    )
);
CREATE UNIQUE INDEX uq_sessions_live ON sessions (sale_id) WHERE state IN ('creating', 'open');
CREATE UNIQUE INDEX uq_sessions_nonce ON sessions (nonce) WHERE nonce IS NOT NULL;
CREATE INDEX ix_sessions_sale_id ON sessions (sale_id);
CREATE INDEX ix_sessions_created_at ON sessions (created_at);
CREATE INDEX ix_sessions_due ON sessions (expires_at) WHERE state = 'open';
CREATE INDEX ix_sessions_creating ON sessions (lease_until) WHERE state = 'creating';
CREATE INDEX ix_sessions_polls ON sessions (next_poll_at) WHERE next_poll_at IS NOT NULL;

CREATE TABLE messages (
    id {row_id},
    sale_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    shows VARCHAR(16) NOT NULL,
    created_at {instant} NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT uq_messages_message_id UNIQUE (message_id),
    CONSTRAINT uq_messages_sale_id UNIQUE (sale_id),
    CONSTRAINT fk_messages_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);

-- The one queue of what has to be done at Discord.
CREATE TABLE jobs (
    id {row_id},
    lane VARCHAR(16) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    key VARCHAR(96) NOT NULL,
    sale_id BIGINT,  -- null for what is of no sale
    priority INTEGER NOT NULL,  -- the lowest first
    payload TEXT NOT NULL,
    created_at {instant} NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Null once it is done or given up; also the lease while somebody carries it out.
    next_attempt_at {instant},
    done_at {instant},
    outcome VARCHAR(16),
    last_error TEXT,
    -- The interaction that waits for the outcome; Discord takes its token for 15 minutes.
    reply TEXT,
    reply_until {instant},
    -- Opaque: it stands in custom_ids, once it is given up. A row's number would be another's in a backup.
    reference VARCHAR(16),
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT uq_jobs_kind_key UNIQUE (kind, key),
    CONSTRAINT fk_jobs_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);
CREATE INDEX ix_jobs_sale_id ON jobs (sale_id);
CREATE UNIQUE INDEX uq_jobs_reference ON jobs (reference) WHERE reference IS NOT NULL;
CREATE INDEX ix_jobs_replies ON jobs (reply_until) WHERE reply_until IS NOT NULL;
-- What waits in /purchases: every private answer asks for it.
CREATE INDEX ix_jobs_undelivered ON jobs (sale_id) WHERE outcome = 'undelivered';
-- Which of a lane come first, and when the next one is due.
CREATE INDEX ix_jobs_due ON jobs (lane, priority, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
-- Notes that wait for a channel, or for their time.
CREATE INDEX ix_jobs_unposted ON jobs (key) WHERE lane = 'notes' AND done_at IS NULL;

CREATE TABLE orders (
    id {row_id},
    order_id VARCHAR(128) NOT NULL,  -- the store's `ord_…`
    order_number VARCHAR(128) NOT NULL,  -- the session's `cs_…`; another for a renewal
    sale_id BIGINT NOT NULL,
    session_id BIGINT,
    subscription_id VARCHAR(128),  -- the store's `sub_…`
    money VARCHAR(16) NOT NULL,
    -- The store's own words, as they came last.
    status VARCHAR(32) NOT NULL,
    payment_status VARCHAR(32) NOT NULL,
    amount INTEGER NOT NULL,  -- cents, before tax
    discount INTEGER NOT NULL,  -- cents
    currency VARCHAR(3) NOT NULL,
    items TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    -- Paid when its link no longer lived; paid though another session of the sale was.
    late BOOLEAN NOT NULL,
    again BOOLEAN NOT NULL,
    -- What came out of order is told by when the store said it.
    changed_at {instant} NOT NULL,
    dispute_closed BOOLEAN NOT NULL,
    created_at {instant} NOT NULL,
    paid_at {instant},
    -- Opaque: it stands in custom_ids, which outlive a backup that is put back; every row has one.
    reference VARCHAR(16),
    CONSTRAINT pk_orders PRIMARY KEY (id),
    CONSTRAINT uq_orders_order_id UNIQUE (order_id),
    CONSTRAINT fk_orders_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id),
    CONSTRAINT fk_orders_session_id FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE UNIQUE INDEX uq_orders_reference ON orders (reference);
CREATE INDEX ix_orders_sale_id ON orders (sale_id);
CREATE INDEX ix_orders_order_number ON orders (order_number);
CREATE INDEX ix_orders_subscription_id ON orders (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX ix_orders_disputed ON orders (money) WHERE money = 'disputed';

CREATE TABLE subscriptions (
    id {row_id},
    subscription_id VARCHAR(128) NOT NULL,
    sale_id BIGINT NOT NULL,
    order_number VARCHAR(128),  -- of the order that began it
    status VARCHAR(16) NOT NULL,
    product_id VARCHAR(128),
    current_period_end {instant},
    trial_end {instant},
    ends_at {instant},
    cancelled_at {instant},
    changed_at {instant} NOT NULL,
    created_at {instant} NOT NULL,
    -- When the store is asked for it next; null once nothing more can come of it.
    next_poll_at {instant},
    amount INTEGER,  -- cents for each period
    stopped_at {instant},  -- staff ended the access of a paused one
    CONSTRAINT pk_subscriptions PRIMARY KEY (id),
    CONSTRAINT uq_subscriptions_subscription_id UNIQUE (subscription_id),
    CONSTRAINT fk_subscriptions_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);
CREATE INDEX ix_subscriptions_sale_id ON subscriptions (sale_id);
CREATE INDEX ix_subscriptions_order_number ON subscriptions (order_number);
CREATE INDEX ix_subscriptions_polls ON subscriptions (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- The inbox: every webhook whose signature was right, once, with what of it is read.
CREATE TABLE events (
    id {row_id},
    event_id VARCHAR(128) NOT NULL,
    type VARCHAR(64) NOT NULL,
    payload {bytes} NOT NULL,
    order_number VARCHAR(128),
    received_at {instant} NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at {instant},  -- null once it is applied
    applied_at {instant},
    outcome VARCHAR(16),
    error TEXT,
    subscription_id VARCHAR(128),
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT uq_events_event_id_type UNIQUE (event_id, type)
);
CREATE INDEX ix_events_order_number ON events (order_number);
CREATE INDEX ix_events_subscription_id ON events (subscription_id);
CREATE INDEX ix_events_received_at ON events (received_at);
CREATE INDEX ix_events_due ON events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_events_given_up ON events (applied_at) WHERE applied_at IS NULL AND due_at IS NULL;

-- Payments that claim to be ours and don't fit; staff decide.
CREATE TABLE quarantine (
    id {row_id},
    reference VARCHAR(16) NOT NULL,
    order_id VARCHAR(128) NOT NULL,
    order_number VARCHAR(128),
    sale_id BIGINT,  -- the sale it claims to pay, where there is one
    guild_id BIGINT,
    member_id BIGINT,  -- whom it claims to be for
    reasons TEXT NOT NULL,
    observation TEXT NOT NULL,
    created_at {instant} NOT NULL,
    told_at {instant},
    decision VARCHAR(16),
    decided_by BIGINT,
    decided_at {instant},
    CONSTRAINT pk_quarantine PRIMARY KEY (id),
    CONSTRAINT uq_quarantine_order_id UNIQUE (order_id),
    CONSTRAINT uq_quarantine_reference UNIQUE (reference),
    CONSTRAINT fk_quarantine_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);
CREATE INDEX ix_quarantine_order_number ON quarantine (order_number);
CREATE INDEX ix_quarantine_open ON quarantine (id) WHERE decision IS NULL;
CREATE INDEX ix_quarantine_sale_id ON quarantine (sale_id);
CREATE INDEX ix_quarantine_told_at ON quarantine (told_at);

CREATE TABLE benefits (
    id {row_id},
    guild_id BIGINT NOT NULL,
    product_id VARCHAR(64) NOT NULL,
    variant_id VARCHAR(64) NOT NULL,  -- empty: whichever variant
    title TEXT NOT NULL,  -- what it is for, as it was called when the benefit was added
    role_id BIGINT NOT NULL,
    days INTEGER,  -- for each unit; null: for ever, or while the subscription lives
    kept BOOLEAN NOT NULL,  -- after a refund or dispute
    message TEXT,
    created_at {instant} NOT NULL,
    -- What was earned by it goes on, so the row stays.
    removed_at {instant},
    -- Opaque: it stands in custom_ids, which outlive a backup that is put back; every row has one.
    reference VARCHAR(16),
    CONSTRAINT pk_benefits PRIMARY KEY (id),
    CONSTRAINT ck_benefits_days_positive CHECK (days IS NULL OR days > 0)
);
CREATE UNIQUE INDEX uq_benefits_reference ON benefits (reference);
CREATE UNIQUE INDEX uq_benefits_in_use ON benefits (guild_id, product_id, variant_id, role_id)
    WHERE removed_at IS NULL;

-- A benefit whose role gives power over others, until its staff member has said yes or no.
CREATE TABLE benefit_proposals (
    reference VARCHAR(16) NOT NULL,
    guild_id BIGINT NOT NULL,
    asked_by BIGINT NOT NULL,
    product_id VARCHAR(64) NOT NULL,
    variant_id VARCHAR(64) NOT NULL,  -- empty: whichever variant
    title TEXT NOT NULL,
    role_id BIGINT NOT NULL,
    days INTEGER,
    kept BOOLEAN NOT NULL,
    message TEXT,
    powers TEXT NOT NULL,  -- what they were told that the role allows
    asked_at {instant} NOT NULL,
    CONSTRAINT pk_benefit_proposals PRIMARY KEY (reference)
);

CREATE TABLE grants (
    id {row_id},
    sale_id BIGINT NOT NULL,
    benefit_id BIGINT NOT NULL,
    -- The order's row; 'subscription' where one grant lives as long as the subscription does.
    earned_by VARCHAR(32) NOT NULL,
    order_id BIGINT NOT NULL,  -- the newest one that pays for it
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    money VARCHAR(16) NOT NULL,
    kept BOOLEAN NOT NULL,
    state VARCHAR(16) NOT NULL,
    -- What is timed is laid out one after the other: by when it was earned, for its own days.
    earned_at {instant} NOT NULL,
    days INTEGER,
    begins_at {instant} NOT NULL,
    ends_at {instant},
    -- When the member was last seen to get the role; null as long as they haven't.
    given_at {instant},
    CONSTRAINT pk_grants PRIMARY KEY (id),
    CONSTRAINT uq_grants_sale_id_benefit_id_earned_by UNIQUE (sale_id, benefit_id, earned_by),
    CONSTRAINT fk_grants_benefit_id FOREIGN KEY (benefit_id) REFERENCES benefits (id),
    CONSTRAINT fk_grants_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);
CREATE INDEX ix_grants_user_id_guild_id_role_id ON grants (user_id, guild_id, role_id);
CREATE INDEX ix_grants_order_id ON grants (order_id);
CREATE INDEX ix_grants_live ON grants (guild_id, id) WHERE state = 'live';
CREATE INDEX ix_grants_ending ON grants (ends_at) WHERE state = 'live' AND ends_at IS NOT NULL;

-- From right before a role is first given because of a purchase until it has been taken: whether its member
-- had it without that, and so keeps it.
CREATE TABLE held_roles (
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    had_before BOOLEAN NOT NULL,
    since {instant} NOT NULL,
    CONSTRAINT pk_held_roles PRIMARY KEY (guild_id, user_id, role_id)
);

-- A benefit that is being given to those who paid before it was there, or has been.
CREATE TABLE past_buyer_runs (
    id {row_id},
    benefit_id BIGINT NOT NULL,
    reached BIGINT NOT NULL,  -- the buyers are taken by their id; up to here it is done
    given INTEGER NOT NULL DEFAULT 0,
    asked_at {instant} NOT NULL,
    finished_at {instant},
    CONSTRAINT pk_past_buyer_runs PRIMARY KEY (id),
    CONSTRAINT fk_past_buyer_runs_benefit_id FOREIGN KEY (benefit_id) REFERENCES benefits (id)
);
CREATE UNIQUE INDEX uq_past_buyer_runs_under_way ON past_buyer_runs (benefit_id) WHERE finished_at IS NULL;

CREATE TABLE sale_logs (
    sale_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    CONSTRAINT pk_sale_logs PRIMARY KEY (sale_id),
    CONSTRAINT fk_sale_logs_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id)
);

CREATE TABLE guild_settings (
    guild_id BIGINT NOT NULL,
    sales_log_channel_id BIGINT,
    CONSTRAINT pk_guild_settings PRIMARY KEY (guild_id)
);

CREATE TABLE invoices (
    id {row_id},
    -- Opaque: it stands in custom_ids.
    reference VARCHAR(16) NOT NULL,
    guild_id BIGINT NOT NULL,
    guild_name VARCHAR(128) NOT NULL,
    channel_id BIGINT NOT NULL,
    -- Given when it leaves its draft, so that the numbers of a server have no holes.
    number INTEGER,
    issuer_id BIGINT NOT NULL,
    issuer_name VARCHAR(64) NOT NULL,
    payer_id BIGINT NOT NULL,
    payer_name VARCHAR(64) NOT NULL,
    approver_id BIGINT,
    lines TEXT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    subtotal INTEGER NOT NULL,  -- cents
    coupon VARCHAR(64),
    title VARCHAR(128),
    description VARCHAR(500),
    note VARCHAR(1000),
    due_at {instant},
    state VARCHAR(16) NOT NULL,
    reason TEXT,  -- why it was refused, declined or cancelled
    sale_id BIGINT,
    created_at {instant} NOT NULL,
    submitted_at {instant},  -- what a daily cap counts
    sent_at {instant},  -- null while its first link is being made
    -- When the worker next has to do with it: a reminder, the due date, or a draft's end.
    remind_at {instant},
    next_at {instant},
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT uq_invoices_guild_id_number UNIQUE (guild_id, number),
    CONSTRAINT uq_invoices_reference UNIQUE (reference),
    CONSTRAINT uq_invoices_sale_id UNIQUE (sale_id),
    CONSTRAINT fk_invoices_sale_id FOREIGN KEY (sale_id) REFERENCES sales (id),
    CONSTRAINT ck_invoices_issued_has_number CHECK (state = 'draft' OR number IS NOT NULL),
    CONSTRAINT ck_invoices_subtotal_not_negative CHECK (subtotal >= 0)
);
CREATE INDEX ix_invoices_payer ON invoices (guild_id, payer_id);
CREATE INDEX ix_invoices_issuer ON invoices (guild_id, issuer_id, submitted_at);
CREATE INDEX ix_invoices_next ON invoices (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE invoice_counters (
    guild_id BIGINT NOT NULL,
    last_number INTEGER NOT NULL,
    CONSTRAINT pk_invoice_counters PRIMARY KEY (guild_id)
);

CREATE TABLE invoice_settings (
    guild_id BIGINT NOT NULL,
    reminders BOOLEAN NOT NULL,
    CONSTRAINT pk_invoice_settings PRIMARY KEY (guild_id)
);

-- Append-only: rows are written and read, never changed.
CREATE TABLE audit (
    id {row_id},
    guild_id BIGINT NOT NULL,
    at {instant} NOT NULL,
    actor_id BIGINT,  -- null for the bot itself
    action VARCHAR(32) NOT NULL,
    invoice_id BIGINT,
    details TEXT NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id),
    CONSTRAINT fk_audit_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoices (id)
);
CREATE INDEX ix_audit_invoice_id ON audit (invoice_id);
CREATE INDEX ix_audit_guild_id ON audit (guild_id, id);
