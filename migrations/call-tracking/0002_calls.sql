-- Calls, callback tasks, and what was heard of each PBX.

create table calls (
    group_id text not null,
    id uuid not null,
    pbx text not null,
    -- The PBX's own identifier of the call.
    linked_id text not null,
    direction text not null,
    -- E.164 where it is a number, else as shown; empty when withheld. Personal data.
    number text not null default '',
    line text not null default '',
    queue text not null default '',
    branch_id text not null default '',
    client_id text not null default '',
    -- known, unknown, ambiguous
    recognition text not null default 'unknown',
    -- ringing, talking, ended
    state text not null,
    outcome text not null default '',
    ringing_extensions text[] not null default '{}',
    answered_extension text not null default '',
    employee_id text not null default '',
    started_at timestamptz not null,
    answered_at timestamptz,
    ended_at timestamptz,
    wait_seconds integer not null default 0,
    talk_seconds integer not null default 0,
    -- call::Transfer as JSON
    transfers jsonb not null default '[]',
    first_call boolean not null default false,
    attempts integer not null default 1,
    resynchronised boolean not null default false,
    merged_into text not null default '',
    task_id text not null default '',
    result text not null default '',
    next_step text not null default '',
    note text not null default '',
    topic text not null default '',
    -- When the registry said whose call it is.
    resolved_at timestamptz,
    -- Facts that others know already.
    answered_announced boolean not null default false,
    ended_announced boolean not null default false,
    version bigint not null default 1,
    primary key (group_id, id)
);
create index calls_recent on calls (group_id, started_at desc, id desc);
create index calls_live on calls (group_id, pbx) where state <> 'ended';
create index calls_client on calls (group_id, client_id, started_at desc) where client_id <> '';
create index calls_number on calls (group_id, number, started_at desc) where number <> '';

create table tasks (
    group_id text not null,
    id uuid not null,
    kind text not null,
    client_id text not null default '',
    call_id text not null default '',
    number text not null default '',
    branch_id text not null default '',
    owner_employee_id text not null default '',
    created_at timestamptz not null,
    due_at timestamptz not null,
    done_at timestamptz,
    done_by text not null default '',
    note text not null default '',
    overdue boolean not null default false,
    version bigint not null default 1,
    primary key (group_id, id)
);
create index tasks_open on tasks (group_id, due_at, id) where done_at is null;
create index tasks_client on tasks (group_id, client_id) where client_id <> '';
create index tasks_number on tasks (group_id, number) where done_at is null and number <> '';
create index tasks_recent on tasks (group_id, created_at desc, id desc);

alter table calls enable row level security;
alter table calls force row level security;
create policy calls_group on calls using (group_id = current_setting('edina.group', true));
alter table tasks enable row level security;
alter table tasks force row level security;
create policy tasks_group on tasks using (group_id = current_setting('edina.group', true));
