-- Where leads come from, what came, and what became of it.

-- Answers a key (or the public name of a web form) with its group, before the group is known: no personal data.
create table source_keys (
    group_id text not null,
    source_name text not null,
    -- SHA-256 of the key.
    key_hash bytea not null,
    -- A web form may post under its name: a page can keep no secret.
    public_name text,
    primary key (group_id, source_name)
);
create unique index source_keys_hash on source_keys (key_hash);
create index source_keys_public on source_keys (public_name) where public_name is not null;

create table sources (
    group_id text not null,
    name text not null,
    display_name text not null,
    -- adf, form, journal, call
    channel text not null,
    branch_id text not null default '',
    default_topic text not null default '',
    answer_minutes integer not null default 15,
    last_input_at timestamptz,
    accepted bigint not null default 0,
    rejected bigint not null default 0,
    created_at timestamptz not null,
    primary key (group_id, name)
);

create table inputs (
    group_id text not null,
    id uuid not null,
    received_at timestamptz not null,
    source_name text not null,
    channel text not null,
    content_type text not null,
    -- As received; of a rejected part just that part.
    body bytea not null,
    -- accepted, rejected, resubmitted
    state text not null,
    -- The document a rejected part was cut from.
    part_of uuid,
    reason_code text,
    reason_field text,
    reason_ru text,
    reason_en text,
    resubmitted_as uuid,
    idempotency_key text,
    primary key (group_id, id)
);
create unique index inputs_idempotency on inputs (group_id, source_name, idempotency_key)
    where idempotency_key is not null;
create index inputs_state on inputs (group_id, state, received_at desc, id desc);

create table leads (
    group_id text not null,
    id uuid not null,
    source_name text not null,
    channel text not null,
    topic text not null,
    department text not null,
    branch_id text not null default '',
    -- The lead as read from the input (lead::Lead as JSON).
    content jsonb not null,
    fingerprint bytea not null,
    step text not null default 'first_contact',
    status text not null default 'open',
    owner_employee_id text not null default '',
    client_id text not null default '',
    source_record_id text not null default '',
    call_id text not null default '',
    contact_kind text not null default '',
    occurred_at timestamptz,
    received_at timestamptz not null,
    answer_due_at timestamptz not null,
    answered_at timestamptz,
    answered_by text not null default '',
    overdue boolean not null default false,
    close_reason text not null default '',
    close_note text not null default '',
    closed_at timestamptz,
    closed_by text not null default '',
    amount_minor bigint,
    amount_currency text,
    sold_vehicle jsonb,
    arrivals integer not null default 1,
    version bigint not null default 1,
    primary key (group_id, id)
);
create index leads_recent on leads (group_id, received_at desc, id desc);
create index leads_open on leads (group_id, step, answer_due_at) where status = 'open';
create index leads_client on leads (group_id, client_id, received_at desc) where client_id <> '';
create index leads_owner on leads (group_id, owner_employee_id, received_at desc) where status = 'open';
create index leads_fingerprint on leads (group_id, source_name, fingerprint, received_at desc);

-- The source's own numbers of a lead: the same number again is the same lead.
create table lead_source_ids (
    group_id text not null,
    source_name text not null,
    source_id text not null,
    lead_id uuid not null,
    primary key (group_id, source_name, source_id)
);

create table arrivals (
    group_id text not null,
    lead_id uuid not null,
    input_id uuid not null,
    at timestamptz not null,
    primary key (group_id, lead_id, input_id, at)
);
create index arrivals_input on arrivals (group_id, input_id);

create table lead_moves (
    group_id text not null,
    lead_id uuid not null,
    at timestamptz not null,
    from_step text not null,
    to_step text not null,
    actor_employee_id text not null,
    reason text not null default '',
    primary key (group_id, lead_id, at)
);

-- Whose turn it was last, per branch and department.
create table turns (
    group_id text not null,
    branch_id text not null,
    department text not null,
    last_employee_id text not null,
    primary key (group_id, branch_id, department)
);

alter table source_keys enable row level security;
alter table source_keys force row level security;
create policy source_keys_group on source_keys using (current_setting('edina.group', true) in (group_id, '*'));
alter table sources enable row level security;
alter table sources force row level security;
create policy sources_group on sources using (group_id = current_setting('edina.group', true));
alter table inputs enable row level security;
alter table inputs force row level security;
create policy inputs_group on inputs using (group_id = current_setting('edina.group', true));
alter table leads enable row level security;
alter table leads force row level security;
create policy leads_group on leads using (group_id = current_setting('edina.group', true));
alter table lead_source_ids enable row level security;
alter table lead_source_ids force row level security;
create policy lead_source_ids_group on lead_source_ids using (group_id = current_setting('edina.group', true));
alter table arrivals enable row level security;
alter table arrivals force row level security;
create policy arrivals_group on arrivals using (group_id = current_setting('edina.group', true));
alter table lead_moves enable row level security;
alter table lead_moves force row level security;
create policy lead_moves_group on lead_moves using (group_id = current_setting('edina.group', true));
alter table turns enable row level security;
alter table turns force row level security;
create policy turns_group on turns using (group_id = current_setting('edina.group', true));
