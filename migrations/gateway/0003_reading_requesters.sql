-- Whose request it is, asked with every request: each is one statement that sets its own scope, so that row-level
-- security holds without a transaction around it.

create function read_api_token(scope text, hash bytea)
returns table (token_hash bytea, role text)
language plpgsql
as $$
#variable_conflict use_column
begin
    perform set_config('edina.group', scope, true);
    return query
        select t.token_hash, t.role from api_tokens t
        where t.group_id = scope and t.token_hash = hash and t.revoked_at is null;
end $$;

create function read_session(scope text, hash bytea, present timestamptz, idle_since timestamptz)
returns table (
    token_hash bytea, account_id uuid, login text, role text, employee_id text, branches text[], locale text, theme text,
    last_seen_at timestamptz
)
language plpgsql
as $$
#variable_conflict use_column
begin
    perform set_config('edina.group', scope, true);
    return query
        select s.token_hash, s.account_id, a.login, a.role, a.employee_id, a.branches, a.locale, a.theme, s.last_seen_at
        from sessions s join accounts a on a.group_id = s.group_id and a.account_id = s.account_id
        where s.group_id = scope and s.token_hash = hash and s.expires_at > present and s.last_seen_at > idle_since
          and a.active;
end $$;
