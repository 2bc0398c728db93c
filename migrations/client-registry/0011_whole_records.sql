-- A record is read whole or not at all, and has two or three kilobytes. Beyond two PostgreSQL would compress its texts and
-- put them aside, which took longer than all its indexes together, and again each time it was read.
alter table source_records set (toast_tuple_target = 4080);
