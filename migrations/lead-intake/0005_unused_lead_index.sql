-- no-transaction
-- Open leads are counted and listed by other indexes; this one is written with every lead and read by nothing.
drop index concurrently if exists leads_open;
