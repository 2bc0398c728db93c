-- Contacts that go stale, what people correct, and what clients are to each other.

alter table confirmations add column by_employee_id text not null default '';
alter table corrections add column undone_by text;

-- How long a contact counts as current; what is not here lasts half a year.
create table freshness_limits (
    group_id text not null,
    -- phone, email, address
    kind text not null,
    -- person, company
    segment text not null,
    days integer not null check (days between 1 and 3650),
    at timestamptz not null,
    by_employee_id text not null,
    primary key (group_id, kind, segment)
);

create table relations (
    group_id text not null,
    id uuid not null,
    -- sole_proprietorship, household, employer: what `to` is to `from`
    kind text not null,
    from_client_id uuid not null,
    to_client_id uuid not null,
    position text not null,
    buyer_role text not null,
    since timestamptz,
    until timestamptz,
    -- Who said so: a source and its record, or a person.
    source text not null,
    source_record_id uuid,
    by_employee_id text not null,
    at timestamptz not null,
    undone_at timestamptz,
    undone_by text,
    primary key (group_id, id)
);
create index relations_from on relations (group_id, from_client_id) where undone_at is null;
create index relations_to on relations (group_id, to_client_id) where undone_at is null;

-- Every contact of every card, for one list: what to confirm, by what its client is worth. Made of the cards again and again;
-- what the list shows is looked up on the card itself.
create table contact_ledger (
    group_id text not null,
    -- The surviving id when it was written.
    client_id uuid not null,
    -- phone, email, address
    kind text not null,
    value text not null collate "C",
    -- person, company
    segment text not null,
    -- When it was confirmed or said last.
    last_at timestamptz not null,
    worth double precision not null,
    primary key (group_id, client_id, kind, value)
);
create index contact_ledger_worth on contact_ledger (group_id, worth desc, client_id, kind, value);

-- How far the ledger has read records, merges and moves: ids follow time.
create table contact_ledger_marks (
    group_id text primary key,
    read_to uuid not null,
    changes_to timestamptz not null
);
create index merge_links_undone on merge_links (group_id, undone_at) where undone_at is not null;
create index record_moves_undone on record_moves (group_id, undone_at) where undone_at is not null;

do $$
declare
    tenant text;
begin
    foreach tenant in array array['freshness_limits', 'relations', 'contact_ledger', 'contact_ledger_marks'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy %I on %I using (group_id = current_setting(''edina.group'', true))',
            tenant || '_group', tenant);
    end loop;
end $$;
