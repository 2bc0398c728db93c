-- What came by a source, spread over several rows: with one, everything that a busy source sends waits for that row.
-- The columns of `sources` keep what was counted before.
create table source_counts (
    group_id text not null,
    source_name text not null,
    shard smallint not null,
    accepted bigint not null,
    rejected bigint not null,
    last_input_at timestamptz not null,
    primary key (group_id, source_name, shard)
);
alter table source_counts enable row level security;
alter table source_counts force row level security;
create policy source_counts_group on source_counts using (group_id = current_setting('edina.group', true));
