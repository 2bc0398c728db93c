-- Roles and databases of Edina, by a superuser, as often as you like:
--   psql -v ON_ERROR_STOP=1 -v passwords=/path/to/postgres-passwords.sql -f provision.sql postgres
-- The passwords file sets edina_owner_password, edina_backup_password and <service>_password (compose/make-secrets).
--
--   edina_owner    owns the databases and their tables; only `edina migrate --existing` connects as it
--   <service>      one per service; row-level security binds it, it sees no other service's database
--   edina_backup   reads everything, writes nothing; past row-level security, without which no dump is complete
\set ON_ERROR_STOP on
\i :passwords

-- Passwords must not reach the server's log.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

select format('create role %I', name)
from unnest(array['edina_owner', 'edina_backup', 'client_registry', 'lead_intake', 'call_tracking', 'notification', 'gateway'])
    as name
where not exists (select from pg_roles where rolname = name) \gexec

alter role edina_owner login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password :'edina_owner_password';
alter role edina_backup login nosuperuser nocreatedb nocreaterole bypassrls replication password :'edina_backup_password';
grant pg_read_all_data to edina_backup;

alter role client_registry login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password :'client_registry_password';
alter role lead_intake login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password :'lead_intake_password';
alter role call_tracking login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password :'call_tracking_password';
alter role notification login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password :'notification_password';
alter role gateway login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password :'gateway_password';

-- A transaction left open must not hold rows for ever. The relay waits for NATS inside one, at most some seconds.
select format('alter role %I set %s', name, setting)
from unnest(array['client_registry', 'lead_intake', 'call_tracking', 'notification', 'gateway']) as name,
    unnest(array['idle_in_transaction_session_timeout = ''60s''', 'lock_timeout = ''15s''', 'statement_timeout = ''30s''']) as setting
\gexec

select format('create database %I owner edina_owner encoding %L template template0', name, 'UTF8')
from unnest(array['client_registry', 'lead_intake', 'call_tracking', 'notification', 'gateway']) as name
where not exists (select from pg_database where datname = name) \gexec

select unnest(array[
    format('alter database %I owner to edina_owner', name),
    format('revoke all on database %I from public', name),
    format('grant connect on database %I to %I, edina_backup', name, name)
])
from unnest(array['client_registry', 'lead_intake', 'call_tracking', 'notification', 'gateway']) as name
\gexec
