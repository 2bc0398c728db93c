-- Puts the directory of every group into NATS again, after NATS was lost or replaced. By a superuser (row-level
-- security hides the groups from everyone else), in the gateway's database:   psql -f republish_directory.sql gateway
-- The gateway does the job within a second or two.
insert into jobs (id, group_id, kind, key, payload, due_at)
select gen_random_uuid(), group_id, 'publish_directory', group_id, '{}', now()
from groups
on conflict (group_id, kind, key) do update set due_at = now();
