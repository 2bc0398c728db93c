-- Files given to the console for import: kept in pieces until their rows are with the registry.

create table import_files (
    group_id text not null,
    id uuid not null,
    name text not null,
    kind text not null,
    branch_id text not null,
    -- As announced; the file is whole when its pieces have as many.
    bytes bigint not null,
    -- arriving, ready, trying, tried, running, done, failed
    state text not null,
    -- Which column is what, JSON; null: as guessed. Text, since a name of a column may hold a zero.
    mapping text,
    -- The first rows as they will be understood, JSON; null: it cannot be read at all, and problem says why.
    preview text,
    problem_en text not null default '',
    problem_ru text not null default '',
    -- What it became in the registry.
    import_id text not null default '',
    total_rows bigint not null default 0,
    next_row bigint not null default 0,
    created bigint not null default 0,
    linked bigint not null default 0,
    to_review bigint not null default 0,
    rejected bigint not null default 0,
    known bigint not null default 0,
    -- A trial weighed all rows together; otherwise the rows of a client who is far apart in the file all count as new.
    together boolean not null default true,
    by_employee_id text not null,
    created_at timestamptz not null,
    -- When somebody set it going.
    started_at timestamptz,
    -- When whoever holds it began to send: the rate is told from there.
    begun_at timestamptz,
    begun_row bigint not null default 0,
    changed_at timestamptz not null,
    primary key (group_id, id)
);

create table import_pieces (
    group_id text not null,
    file_id uuid not null,
    number integer not null,
    content bytea not null,
    primary key (group_id, file_id, number),
    foreign key (group_id, file_id) references import_files (group_id, id) on delete cascade
);
-- Workbooks are packed already.
alter table import_pieces alter column content set storage external;

create table import_rejected (
    group_id text not null,
    file_id uuid not null,
    line bigint not null,
    -- Name of the column; empty: the whole row.
    field text not null,
    reason_en text not null,
    reason_ru text not null,
    cells text[] not null,
    primary key (group_id, file_id, line),
    foreign key (group_id, file_id) references import_files (group_id, id) on delete cascade
);

-- What somebody said that columns are, for the next file with the same ones.
create table import_mappings (
    group_id text not null,
    kind text not null,
    -- SHA-256 of the columns' names, hex.
    columns_key text not null,
    mapping text not null,
    changed_at timestamptz not null,
    primary key (group_id, kind, columns_key)
);

-- Files that are to be sent: a queue, shared by the copies of the gateway.
create table import_queue (
    group_id text not null,
    file_id uuid not null,
    due_at timestamptz not null,
    -- The copy that sends it, until the lease runs out.
    holder uuid,
    leased_until timestamptz,
    primary key (group_id, file_id)
);

alter table import_files enable row level security;
alter table import_files force row level security;
create policy import_files_group on import_files
    using (group_id = current_setting('edina.group', true));
alter table import_pieces enable row level security;
alter table import_pieces force row level security;
create policy import_pieces_group on import_pieces
    using (group_id = current_setting('edina.group', true));
alter table import_rejected enable row level security;
alter table import_rejected force row level security;
create policy import_rejected_group on import_rejected
    using (group_id = current_setting('edina.group', true));
alter table import_mappings enable row level security;
alter table import_mappings force row level security;
create policy import_mappings_group on import_mappings
    using (group_id = current_setting('edina.group', true));
alter table import_queue enable row level security;
alter table import_queue force row level security;
create policy import_queue_group on import_queue
    using (current_setting('edina.group', true) in (group_id, '*'));
