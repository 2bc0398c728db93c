-- A refusal that somebody wrote down lies with a client, not with a record. It goes along with records that were his when it
-- was said, and it comes back with his number or address when the import that brought him is taken back and done again.
alter table consents
    -- The move of a record that it went along with: it goes when that is taken back.
    add column carried_by uuid;
create index consents_carried on consents (group_id, carried_by) where carried_by is not null;

create table kept_refusals (
    group_id text not null,
    -- A number in E.164, or an e-mail address.
    way text not null,
    -- Whose words they are; nothing else finds him.
    client_id uuid not null,
    primary key (way, client_id, group_id)
);
alter table kept_refusals enable row level security;
alter table kept_refusals force row level security;
create policy kept_refusals_group on kept_refusals using (group_id = current_setting('edina.group', true));
