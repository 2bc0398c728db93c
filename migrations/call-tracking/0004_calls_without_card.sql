-- no-transaction
-- Calls of no client are few and looked for every 15 s: it must not read the table.
create index concurrently calls_without_card on calls (group_id, ended_at)
    where client_id = '' and number <> '' and merged_into = '' and direction <> 'internal' and state = 'ended';
