-- Who is who, decided by the engine of the identity crate: what it compares is stored beside each record, candidates are
-- found by numbers of keys per client, and whatever it did can be taken back.

-- Replaced by find_cards, and no running version calls it any more.
drop function read_cards(text, text[], boolean[], integer[], integer[], integer[], text[], text[], uuid[], integer);

alter table source_records
    -- The record as the engine compares it; one of another version is made anew from the record.
    add column profile text,
    add column profile_version integer not null default 0,
    -- Why it was linked to its card: bits, and what every field added.
    add column why jsonb,
    -- The import that brought it; withdrawn when that was undone: then the same record may come again.
    add column import_id uuid,
    add column withdrawn boolean not null default false;
drop index source_records_external;
drop index source_records_content;
create unique index source_records_external on source_records (group_id, source, external_id)
    where external_id <> '' and not withdrawn;
create unique index source_records_content on source_records (group_id, source, content_hash)
    where external_id = '' and not withdrawn;
create index source_records_import on source_records (group_id, import_id) where import_id is not null;

-- Where to look for candidates: numbers of keys (identity::engine::keys) and the clients that have them. It takes the place
-- of match_keys, which stays until no version that writes it runs.
create table client_keys (
    group_id text not null,
    key bigint not null,
    client_id uuid not null,
    primary key (group_id, key, client_id)
);

alter table merge_links
    -- The record that made the engine see that both are one; none when a person did.
    add column cause_record_id uuid,
    add column import_id uuid,
    -- Version of the model that decided.
    add column model_version integer,
    add column bits double precision,
    add column evidence jsonb;
create index merge_links_import on merge_links (group_id, import_id) where import_id is not null;

-- Records that were given to another client than they came to. The newest active move says where a record is; with none it
-- is where it came to. source_records.client_id follows.
create table record_moves (
    group_id text not null,
    id uuid not null,
    source_record_id uuid not null,
    from_client_id uuid not null,
    to_client_id uuid not null,
    at timestamptz not null,
    -- Empty: the engine.
    by_employee_id text not null,
    -- repair: a later record showed that the link was wrong; split: a person parted them; withdrawn: its import was undone
    reason text not null,
    cause_record_id uuid,
    import_id uuid,
    model_version integer,
    undone_at timestamptz,
    undone_by text,
    primary key (group_id, id)
);
create index record_moves_record on record_moves (group_id, source_record_id) where undone_at is null;
create index record_moves_import on record_moves (group_id, import_id) where import_id is not null;

-- What a record itself said goes where the record goes. A line away from the client it was said of covers that client only.
alter table consents
    add column source_record_id uuid,
    add column home_client_id uuid;

-- Files that were taken in: what each brought, and where it goes on after an interruption.
create table imports (
    group_id text not null,
    id uuid not null,
    -- Hash of content, kind, mapping and branch: the same file again is the same import.
    key text not null,
    file_name text not null,
    kind text not null,
    branch_id text not null,
    department text not null,
    bytes bigint not null,
    -- running, done, undone; trying, tried: nothing of it stays
    state text not null,
    next_row bigint not null default 0,
    created bigint not null default 0,
    linked bigint not null default 0,
    to_review bigint not null default 0,
    rejected bigint not null default 0,
    known bigint not null default 0,
    started_at timestamptz not null,
    finished_at timestamptz,
    by_employee_id text not null,
    primary key (group_id, id)
);
create unique index imports_key on imports (group_id, key) where state in ('running', 'done');

-- Models learned from the group's own records, the newest last; and where deciding begins, in bits.
create table identity_models (
    group_id text not null,
    version integer not null,
    model jsonb not null,
    records bigint not null,
    trained_at timestamptz not null,
    by_employee_id text not null,
    primary key (group_id, version)
);
create table identity_settings (
    group_id text not null,
    -- 0: the model that Edina comes with.
    model_version integer not null default 0,
    link_bits double precision,
    ask_bits double precision,
    primary key (group_id)
);

do $$
declare
    tenant text;
begin
    foreach tenant in array array['client_keys', 'record_moves', 'imports', 'identity_models', 'identity_settings'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy %I on %I using (group_id = current_setting(''edina.group'', true))',
            tenant || '_group', tenant);
    end loop;
end $$;

-- What is stored is read anew by the service, group by group; what is counted now is counted anew with it.
alter table key_counts no force row level security;
delete from key_counts where kind <> 'total';
alter table key_counts force row level security;
alter table clients no force row level security;
alter table jobs no force row level security;
insert into jobs (id, group_id, kind, key, payload, due_at)
select gen_random_uuid(), group_id, 'read_anew', '', '{}', now() from (select distinct group_id from clients) g
on conflict do nothing;
alter table clients force row level security;
alter table jobs force row level security;
