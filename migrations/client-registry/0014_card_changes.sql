-- Counts what changes who has which records and keys, so that what was read of cards before one's turn can be told from
-- what holds still: an import reads what its next rows need while those before them are stored. By the database, so that
-- no writer can forget it; a number skipped or drawn for nothing costs a second reading.
create sequence card_changes;

create function count_card_change() returns trigger
language plpgsql
as $$
begin
    perform nextval('card_changes');
    return null;
end $$;

create trigger source_records_change
    after insert or delete or update of client_id, withdrawn, profile on source_records
    for each statement execute function count_card_change();
create trigger clients_change
    after delete or update of root_id on clients
    for each statement execute function count_card_change();
