-- Which copy of the service reads each PBX, and how the connection is. Described in services/call-tracking/src/tracking/turn.rs.

create table pbx_readers (
    group_id text not null,
    pbx text not null,
    -- The copy that reads; null when none does.
    holder uuid,
    -- Grows with every takeover: what a copy writes under an older term is refused.
    term bigint not null,
    -- Grows with every sign of life of the holder.
    beat bigint not null default 0,
    beat_at timestamptz not null default clock_timestamp(),
    -- When a copy last said that it waits for its turn.
    wanted_at timestamptz,
    -- connecting, up, auth_failed, down; of the holder's connection
    state text not null default 'connecting',
    -- The PBX's version, or why there is no connection.
    detail text not null default '',
    since timestamptz not null,
    heard_at timestamptz,
    primary key (group_id, pbx),
    -- Makes a takeover, and nothing else, wait for the transactions that write under the old term.
    unique (group_id, pbx, term)
) with (fillfactor = 50);

alter table pbx_readers enable row level security;
alter table pbx_readers force row level security;
create policy pbx_readers_group on pbx_readers using (group_id = current_setting('edina.group', true));
