-- Big imports let every table grow by a tenth each minute at first, and the server measured each of them anew every time: a
-- twelfth of all work. The plans of this service are the same at any size; a table is measured when it has grown by half.
alter table source_records set (autovacuum_analyze_scale_factor = 0.5);
alter table timeline_entries set (autovacuum_analyze_scale_factor = 0.5);
alter table clients set (autovacuum_analyze_scale_factor = 0.5);
alter table client_keys set (autovacuum_analyze_scale_factor = 0.5);
alter table key_counts set (autovacuum_analyze_scale_factor = 0.5);
alter table search_terms set (autovacuum_analyze_scale_factor = 0.5);
alter table vehicles set (autovacuum_analyze_scale_factor = 0.5);
alter table vehicle_statements set (autovacuum_analyze_scale_factor = 0.5);
alter table reviews set (autovacuum_analyze_scale_factor = 0.5);
alter table name_slips set (autovacuum_analyze_scale_factor = 0.5);
alter table outbox set (autovacuum_analyze_scale_factor = 0.5);

-- Whole numbers are counted by their ends, which were counted all along.
alter table key_counts no force row level security;
delete from key_counts where kind = 'phone';
alter table key_counts force row level security;

-- An index is walked by some twenty comparisons, and one that begins with the group compares the same text every time; those
-- of every record of an import begin with what tells rows apart. Rows of several groups lie among each other there, which
-- costs who looks for a whole value nothing.
alter table client_keys drop constraint client_keys_pkey, add primary key (key, client_id, group_id);
alter table key_counts drop constraint key_counts_pkey, add primary key (value, kind, group_id);
alter table search_terms drop constraint search_terms_pkey, add primary key (kind, term, client_id, group_id);
alter table name_words drop constraint name_words_pkey, add primary key (word, group_id);
alter table name_slips drop constraint name_slips_pkey, add primary key (slip, word, group_id);
alter table vehicles drop constraint vehicles_group_id_key_key, add unique (key, group_id);
alter table vehicle_statements drop constraint vehicle_statements_pkey,
    add primary key (vehicle_id, source_record_id, role, group_id);
alter table timeline_entries drop constraint timeline_entries_group_id_dedupe_key_key, add unique (dedupe_key, group_id);
alter table source_records drop constraint source_records_group_id_client_id_fkey;
alter table clients drop constraint clients_pkey, add primary key (id, group_id);
alter table source_records add foreign key (group_id, client_id) references clients (group_id, id);
drop index clients_root;
create index clients_root on clients (root_id, group_id);
drop index source_records_client;
create index source_records_client on source_records (client_id, occurred_at desc, group_id);
drop index source_records_external;
create unique index source_records_external on source_records (external_id, source, group_id)
    where external_id <> '' and not withdrawn;
