-- no-transaction
-- When the record of a call is given to another client, the lead it became goes along.
create index concurrently leads_call on leads (group_id, call_id) where call_id <> '';
