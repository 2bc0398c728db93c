-- no-transaction
-- How many leads wait for an answer, and since when, is asked every 15 s: it must not read the table.
create index concurrently leads_unanswered on leads (group_id, answer_due_at)
    where status = 'open' and answered_at is null;
