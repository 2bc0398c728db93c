-- Groups, the directory (branches, employees, absences), accounts, sessions, API tokens, switches.

create table groups (
    group_id text primary key,
    display_name text not null,
    locale text not null default 'ru',
    -- Raised with every change of the directory.
    directory_version bigint not null default 0,
    created_at timestamptz not null
);

create table branches (
    group_id text not null,
    branch_id text not null,
    display_name text not null,
    city text not null default '',
    time_zone text not null,
    phone text not null default '',
    brands text[] not null default '{}',
    lines text[] not null default '{}',
    queues text[] not null default '{}',
    primary key (group_id, branch_id)
);

create table employees (
    group_id text not null,
    employee_id text not null,
    display_name text not null,
    branch_id text not null default '',
    department text not null default '',
    role text not null,
    extension text not null default '',
    email text not null default '',
    locale text not null default 'ru',
    active boolean not null default true,
    primary key (group_id, employee_id)
);
-- One extension rings at one desk.
create unique index employees_extension on employees (group_id, extension) where active and extension <> '';

create table absences (
    group_id text not null,
    absence_id uuid not null,
    employee_id text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    cover_employee_id text not null default '',
    primary key (group_id, absence_id),
    check (starts_at < ends_at)
);
create index absences_employee on absences (group_id, employee_id, ends_at);

create table accounts (
    group_id text not null,
    account_id uuid not null,
    login text not null,
    password_hash text not null,
    role text not null,
    employee_id text not null default '',
    -- Branches in the person's scope; empty means all of the group.
    branches text[] not null default '{}',
    active boolean not null default true,
    locale text not null default 'ru',
    theme text not null default 'auto',
    created_at timestamptz not null,
    primary key (group_id, account_id),
    unique (group_id, login)
);

create table sessions (
    group_id text not null,
    -- SHA-256 of the cookie's token: a read of this table opens no session.
    token_hash bytea not null,
    account_id uuid not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (group_id, token_hash),
    foreign key (group_id, account_id) references accounts on delete cascade
);
create index sessions_expiry on sessions (group_id, expires_at);

create table api_tokens (
    group_id text not null,
    token_hash bytea not null,
    token_id uuid not null,
    name text not null,
    role text not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    primary key (group_id, token_hash)
);

-- Failed sign-ins per account and per address; the subject is hashed, it holds no name.
create table sign_in_failures (
    group_id text not null,
    subject bytea not null,
    failures integer not null,
    last_at timestamptz not null,
    locked_until timestamptz,
    primary key (group_id, subject)
);

create table switches (
    group_id text not null,
    name text not null,
    is_on boolean not null,
    changed_at timestamptz not null,
    primary key (group_id, name)
);

-- The list of groups is also read before it is known whose session it is.
alter table groups enable row level security;
alter table groups force row level security;
create policy groups_group on groups using (current_setting('edina.group', true) in (group_id, '*'));

do $$
declare
    name text;
begin
    foreach name in array array['branches', 'employees', 'absences', 'accounts', 'sessions', 'api_tokens', 'sign_in_failures', 'switches'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy %I on %I using (group_id = current_setting(''edina.group'', true))', name || '_group', name);
    end loop;
end
$$;
