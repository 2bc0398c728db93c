-- What somebody said that columns are, by branch: two branches' systems may call different things alike. What a branch has not
-- said of these columns the group said last, in import_mappings, which is kept up beside it.
create table import_branch_mappings (
    group_id text not null,
    kind text not null,
    branch_id text not null,
    -- SHA-256 of the columns' names, hex.
    columns_key text not null,
    mapping text not null,
    changed_at timestamptz not null,
    primary key (group_id, kind, branch_id, columns_key)
);

alter table import_branch_mappings enable row level security;
alter table import_branch_mappings force row level security;
create policy import_branch_mappings_group on import_branch_mappings
    using (group_id = current_setting('edina.group', true));
