-- Messages and what became of them, receipts, suppressed addresses, edited wordings.

create table messages (
    group_id text not null,
    id uuid not null,
    -- The fact that caused it, its type, and the entity it is about.
    trigger_event uuid not null,
    trigger_type text not null,
    trigger_id text not null,
    -- lead_received, lead_assigned, lead_overdue, call_missed
    occasion text not null,
    -- client:ID or employee:ID; messages of one recipient leave in order.
    recipient_key text not null,
    -- The client it goes to; empty for work messages to employees.
    client_id text not null default '',
    employee_id text not null default '',
    -- The client it is about.
    about_client_id text not null default '',
    branch_id text not null default '',
    lead_id text not null default '',
    call_id text not null default '',
    -- sms, email; may change until it is handed over
    channel text not null,
    -- service, advertising
    kind text not null,
    template text not null,
    locale text not null default '',
    -- queued, deferred, blocked, sending, sent, delivered, failed, unknown
    state text not null,
    recipient text not null default '',
    subject text not null default '',
    body text not null default '',
    parts integer not null default 0,
    -- [{"code": …, "passed": …}] in the order the gate looked
    reasons jsonb not null default '[]',
    error text not null default '',
    attempts integer not null default 0,
    sandboxed boolean not null default false,
    created_at timestamptz not null,
    sent_at timestamptz,
    delivered_at timestamptz,
    deferred_until timestamptz,
    version bigint not null default 1,
    primary key (group_id, id),
    -- A fact delivered twice makes no second message.
    unique (group_id, trigger_event, occasion, recipient_key)
);
create index messages_newest on messages (group_id, created_at desc, id desc);
create index messages_of_client on messages (group_id, client_id, created_at desc, id desc) where client_id <> '';
create index messages_unsettled on messages (group_id, recipient_key, created_at, id)
    where state in ('queued', 'sending');

create table message_changes (
    group_id text not null,
    message_id uuid not null,
    version bigint not null,
    state text not null,
    at timestamptz not null,
    detail_ru text not null default '',
    detail_en text not null default '',
    primary key (group_id, message_id, version)
);

create table suppressions (
    group_id text not null,
    id uuid not null,
    -- sms, email
    channel text not null,
    -- E.164 or a lower-case mail address
    address text not null,
    -- unsubscribed, wrong_number, bounced, complaint, manual
    reason text not null,
    -- advertising, everything
    scope text not null,
    at timestamptz not null,
    primary key (group_id, id),
    unique (group_id, channel, address)
);
create index suppressions_newest on suppressions (group_id, at desc, id desc);

-- Wordings that people changed; the built-in ones are in the program.
create table wordings (
    group_id text not null,
    template text not null,
    -- ru, en
    locale text not null,
    subject text,
    body text not null,
    version bigint not null,
    updated_at timestamptz not null,
    primary key (group_id, template, locale)
);

-- Providers know no groups: these three find the group of what they say. Ids, states and digests only.

-- A hand-over to a provider: written in the transaction that makes the message `sending`.
create table dispatches (
    message_id uuid primary key,
    group_id text not null,
    provider text not null,
    -- SHA-256 of the address, to settle a doubt by a receipt whose id nobody told us.
    recipient_digest bytea not null,
    -- sending, answered, in_doubt, not_sent
    state text not null,
    parts integer not null,
    at timestamptz not null
);
create index dispatches_open on dispatches (provider, recipient_digest) where state in ('sending', 'in_doubt');

-- Ids the provider gave to the parts, and what its receipts said about them.
create table provider_parts (
    provider text not null,
    provider_id text not null,
    message_id uuid not null,
    group_id text not null,
    -- enroute, accepted, delivered, expired, deleted, undeliverable, rejected, unknown; empty before any receipt
    state text not null default '',
    at timestamptz not null,
    primary key (provider, provider_id, message_id)
);
create index provider_parts_message on provider_parts (group_id, message_id);

-- Receipts not applied yet, perhaps ahead of the answer that tells whose they are.
create table receipts (
    id uuid primary key,
    provider text not null,
    -- Every form the id may have, likeliest first.
    ids text[] not null,
    recipient_digest bytea,
    state text not null,
    error text not null default '',
    received_at timestamptz not null
);
create index receipts_received on receipts (received_at);

do $$
declare tenant text;
begin
    foreach tenant in array array['messages', 'message_changes', 'suppressions', 'wordings'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format(
            'create policy %I on %I using (group_id = current_setting(''edina.group'', true))',
            tenant || '_group', tenant);
    end loop;
    foreach tenant in array array['dispatches', 'provider_parts'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format(
            'create policy %I on %I using (current_setting(''edina.group'', true) in (group_id, ''*''))',
            tenant || '_group', tenant);
    end loop;
end $$;
alter table receipts enable row level security;
alter table receipts force row level security;
create policy receipts_system on receipts using (current_setting('edina.group', true) = '*');
