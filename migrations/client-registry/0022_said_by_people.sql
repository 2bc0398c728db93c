-- What people said of cards is asked for with every record. Beside what the engine did by itself it is little, and is found
-- without walking through that.
create index merge_links_by_people on merge_links (group_id, kept_id)
    where undone_at is null and cause_record_id is null;
create index record_moves_by_people on record_moves (group_id, source_record_id)
    where undone_at is null and reason = 'split';
