-- Taking an import back goes by portions: each finds what still stands without walking through what does not any more.
drop index source_records_import;
create index source_records_standing on source_records (import_id, client_id, id)
    where import_id is not null and not withdrawn;
drop index merge_links_import;
create index merge_links_of_import on merge_links (import_id, id) where import_id is not null and undone_at is null;
drop index record_moves_import;
create index record_moves_of_import on record_moves (import_id, id) where import_id is not null and undone_at is null;

-- Profile version 5 and normalised form 6: words, zeros and other things that stand where nobody knew a VIN, an INN, a plate or
-- a number are none, and names, addresses and comments are read better. What is stored is read anew by the service, group by
-- group, and counted anew with it (see 0010).
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
