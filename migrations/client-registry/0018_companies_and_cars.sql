-- Whose visits say that a car was sold, and relations that records show.

-- How the surname of the client sounds, '=' of a company, empty when it is not known: a visit by somebody of the owner's
-- family says nothing about who owns the car.
alter table vehicle_statements add column family text not null default '';

-- A relation that records show but do not prove waits for a person; one that the end of a company made goes with that.
alter table relations
    add column proposed boolean not null default false,
    -- Codes of what shows it: work_phone, name, inn, surname, address, phone, liquidation.
    add column because text not null default '',
    -- The record of the other client that shows it.
    add column other_record_id uuid,
    add column correction_id uuid;
create index relations_correction on relations (group_id, correction_id) where correction_id is not null;

-- How far records were looked at for relations: ids follow time.
create table relation_marks (
    group_id text primary key,
    read_to uuid not null
);
alter table relation_marks enable row level security;
alter table relation_marks force row level security;
create policy relation_marks_group on relation_marks using (group_id = current_setting('edina.group', true));

-- What was stored before: who brought a car, or was listed with it, and said no more uses it. The owner of the tables is held
-- to row-level security like everybody, and no group is set in a migration.
alter table vehicle_statements no force row level security;
alter table source_records no force row level security;

update vehicle_statements s
set role = case
        when s.role = 'owner' and r.kind in ('repair_order', 'contact') and not exists (
            select from jsonb_array_elements(
                case jsonb_typeof(r.raw -> 'vehicles') when 'array' then r.raw -> 'vehicles' else '[]' end) v
            where coalesce(v ->> 'role', '') <> ''
        ) then 'uses'
        else s.role
    end,
    family = case
        when r.normalised ->> 'party' = 'company' then '='
        else coalesce(r.normalised #>> '{name_match,surname_sound}', '')
    end
from source_records r
where r.group_id = s.group_id and r.id = s.source_record_id;

alter table vehicle_statements force row level security;
alter table source_records force row level security;
