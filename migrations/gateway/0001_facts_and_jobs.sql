-- Facts waiting for the relay, facts already applied, and work to be done. Described in migrations/README.md.

create table outbox (
    seq bigserial primary key,
    id uuid not null unique,
    group_id text not null,
    subject text not null,
    event_type text not null,
    entity_id text not null,
    payload bytea not null,
    traceparent text,
    created_at timestamptz not null,
    published_at timestamptz
);
create index outbox_unpublished on outbox (seq) where published_at is null;
create index outbox_published_at on outbox (published_at) where published_at is not null;

create table inbox (
    consumer text not null,
    event_id uuid not null,
    group_id text not null,
    applied_at timestamptz not null,
    primary key (consumer, event_id)
);
create index inbox_applied_at on inbox (applied_at);

create table jobs (
    id uuid primary key,
    group_id text not null,
    kind text not null,
    key text not null,
    payload jsonb not null,
    due_at timestamptz not null,
    leased_until timestamptz,
    attempts integer not null default 0,
    -- How often it was asked for: what is asked for again while it runs runs again.
    asked integer not null default 1,
    last_error text,
    traceparent text,
    unique (group_id, kind, key)
);
create index jobs_due on jobs (due_at);

alter table outbox enable row level security;
alter table outbox force row level security;
create policy outbox_group on outbox
    using (current_setting('edina.group', true) in (group_id, '*'));
alter table inbox enable row level security;
alter table inbox force row level security;
create policy inbox_group on inbox
    using (current_setting('edina.group', true) in (group_id, '*'));
alter table jobs enable row level security;
alter table jobs force row level security;
create policy jobs_group on jobs
    using (current_setting('edina.group', true) in (group_id, '*'));
