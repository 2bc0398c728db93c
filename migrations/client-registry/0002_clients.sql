-- Evidence in, card out. Source records never change; merging only links clients.

create table clients (
    group_id text not null,
    id uuid not null,
    -- person, company
    kind text not null,
    -- Smallest id of the connected component of active merge links; derived, kept in the merge's transaction.
    root_id uuid not null,
    version bigint not null default 1,
    created_at timestamptz not null,
    primary key (group_id, id)
);
create index clients_root on clients (group_id, root_id);

create table source_records (
    group_id text not null,
    id uuid not null,
    client_id uuid not null,
    source text not null,
    external_id text not null,
    content_hash bytea not null,
    kind text not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    branch_id text not null,
    department text not null,
    -- created, linked, to_review: what was answered
    outcome text not null,
    raw jsonb not null,
    normalised jsonb not null,
    primary key (group_id, id),
    foreign key (group_id, client_id) references clients (group_id, id)
);
create unique index source_records_external on source_records (group_id, source, external_id) where external_id <> '';
create unique index source_records_content on source_records (group_id, source, content_hash) where external_id = '';
create index source_records_client on source_records (group_id, client_id, occurred_at desc);
create index source_records_external_only on source_records (group_id, external_id) where external_id <> '';

-- Candidates for linking: equal keys bring records together.
create table match_keys (
    group_id text not null,
    kind text not null,
    value text not null collate "C",
    source_record_id uuid not null,
    client_id uuid not null,
    primary key (group_id, kind, value, source_record_id)
);

-- How often a key or a name was seen: the shared-number guard and term frequencies stand on it.
create table key_counts (
    group_id text not null,
    kind text not null,
    value text not null collate "C",
    records bigint not null,
    primary key (group_id, kind, value)
);

-- What people type into the search box, folded, found by prefix. Ends of phone numbers and VINs written backwards
-- are terms of their own: row-level security forbids an index for LIKE, which is not leakproof, but not for ranges.
create table search_terms (
    group_id text not null,
    -- phone, email, vin, plate, inn, name, company
    kind text not null,
    term text not null collate "C",
    client_id uuid not null,
    shown text not null,
    primary key (group_id, kind, term, client_id)
);
create index search_terms_client on search_terms (group_id, client_id, kind);

create table vehicles (
    group_id text not null,
    id uuid not null,
    -- vin:…, plate:…, or wish:… for one that is only wanted
    key text not null,
    created_at timestamptz not null,
    primary key (group_id, id),
    unique (group_id, key)
);

-- What a source record says a client is to a vehicle; who owns it when is computed from these.
create table vehicle_statements (
    group_id text not null,
    vehicle_id uuid not null,
    source_record_id uuid not null,
    client_id uuid not null,
    role text not null,
    at timestamptz not null,
    primary key (group_id, vehicle_id, source_record_id, role)
);
create index vehicle_statements_client on vehicle_statements (group_id, client_id);

-- Edges between clients as they were named; undone edges stay for the record.
create table merge_links (
    group_id text not null,
    id uuid not null,
    kept_id uuid not null,
    absorbed_id uuid not null,
    at timestamptz not null,
    by_employee_id text not null,
    reason text not null,
    undone_at timestamptz,
    undone_by text,
    primary key (group_id, id)
);
create index merge_links_kept on merge_links (group_id, kept_id) where undone_at is null;
create index merge_links_absorbed on merge_links (group_id, absorbed_id) where undone_at is null;

-- 'Different persons', said by a human: holds until undone.
create table verdicts (
    group_id text not null,
    id uuid not null,
    left_id uuid not null,
    right_id uuid not null,
    at timestamptz not null,
    by_employee_id text not null,
    undone_at timestamptz,
    primary key (group_id, id)
);
create unique index verdicts_pair on verdicts (group_id, left_id, right_id) where undone_at is null;
create index verdicts_right on verdicts (group_id, right_id) where undone_at is null;

create table reviews (
    group_id text not null,
    id uuid not null,
    -- left_id < right_id
    left_id uuid not null,
    right_id uuid not null,
    bits double precision not null,
    evidence jsonb not null,
    -- open, same, different, skipped
    state text not null,
    created_at timestamptz not null,
    decided_at timestamptz,
    decided_by text not null default '',
    merge_id uuid,
    verdict_id uuid,
    primary key (group_id, id),
    unique (group_id, left_id, right_id)
);
create index reviews_state on reviews (group_id, state, id);
create index reviews_right on reviews (group_id, right_id);

-- What a person corrected on a card; wins over every source until undone.
create table corrections (
    group_id text not null,
    id uuid not null,
    client_id uuid not null,
    field text not null,
    value text not null,
    at timestamptz not null,
    by_employee_id text not null,
    undone_at timestamptz,
    primary key (group_id, id)
);
create index corrections_client on corrections (group_id, client_id);

-- A contact that proved to reach the client.
create table confirmations (
    group_id text not null,
    client_id uuid not null,
    -- phone, email
    kind text not null,
    value text not null,
    at timestamptz not null,
    -- answered_call, delivered_message
    by_what text not null,
    ref_id text not null,
    primary key (group_id, client_id, kind, value, ref_id)
);

create table owners (
    group_id text not null,
    id uuid not null,
    client_id uuid not null,
    department text not null,
    -- empty: the owner was taken away
    employee_id text not null,
    branch_id text not null,
    at timestamptz not null,
    by_employee_id text not null,
    primary key (group_id, id)
);
create index owners_client on owners (group_id, client_id);

-- Append-only ledger. `covers`: the members of the card when it was said.
create table consents (
    group_id text not null,
    id uuid not null,
    client_id uuid not null,
    covers uuid[] not null,
    purpose text not null,
    channel text not null,
    granted boolean not null,
    text_version text not null,
    proof text not null,
    source text not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    by_employee_id text not null,
    primary key (group_id, id)
);
create index consents_client on consents (group_id, client_id);

create table timeline_entries (
    group_id text not null,
    id uuid not null,
    client_id uuid not null,
    -- the other side of a merge or an unmerge
    other_client_id uuid,
    at timestamptz not null,
    kind text not null,
    department text not null,
    branch_id text not null,
    ref_service text not null,
    ref_id text not null,
    actor_employee_id text not null,
    facts jsonb not null,
    text text not null,
    -- one entry per call, per message, per fact
    dedupe_key text not null,
    primary key (group_id, id),
    unique (group_id, dedupe_key)
);
create index timeline_entries_client on timeline_entries (group_id, client_id, at desc, id desc);
create index timeline_entries_other on timeline_entries (group_id, other_client_id) where other_client_id is not null;

do $$
declare
    tenant text;
begin
    foreach tenant in array array['clients', 'source_records', 'match_keys', 'key_counts', 'search_terms', 'vehicles',
        'vehicle_statements', 'merge_links', 'verdicts', 'reviews', 'corrections', 'confirmations', 'owners', 'consents',
        'timeline_entries']
    loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy %I on %I using (group_id = current_setting(''edina.group'', true))',
            tenant || '_group', tenant);
    end loop;
end $$;
