-- A row that a later file has too is stored once. When the import that brought it is taken back, it stays with the later one.
create table import_repeats (
    group_id text not null,
    -- The import that brought the record.
    import_id uuid not null,
    record_id uuid not null,
    -- The import whose file has it too; all zeros: a system said it again by itself.
    said_by uuid not null,
    primary key (import_id, record_id, said_by, group_id)
);
alter table import_repeats enable row level security;
alter table import_repeats force row level security;
create policy import_repeats_group on import_repeats using (group_id = current_setting('edina.group', true));

-- Records that stayed with a later import when this one was taken back.
alter table imports add column handed_on bigint not null default 0;
