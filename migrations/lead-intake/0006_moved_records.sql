-- Where the registry said that records lie: those of leads, and those of the calls that became leads.
create table record_places (
    group_id text not null,
    -- lead_intake: of a lead; call_tracking: of a call
    source text not null,
    external_id text not null,
    client_id text not null,
    -- Counts up; what is older is not heard.
    version bigint not null,
    primary key (group_id, source, external_id)
);
alter table record_places enable row level security;
alter table record_places force row level security;
create policy record_places_group on record_places using (group_id = current_setting('edina.group', true));
