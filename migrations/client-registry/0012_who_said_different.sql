-- 'Different persons' may be said by several acts: an answer, a move, a merge that was taken back. It holds until the last of
-- them is taken back.

create table verdict_causes (
    group_id text not null,
    verdict_id uuid not null,
    -- The question that was answered, the move, or the merge that was taken back.
    cause_id uuid not null,
    at timestamptz not null,
    by_employee_id text not null,
    undone_at timestamptz,
    primary key (group_id, verdict_id, cause_id)
);
create index verdict_causes_cause on verdict_causes (group_id, cause_id) where undone_at is null;

alter table verdicts no force row level security;
alter table reviews no force row level security;
alter table record_moves no force row level security;
alter table merge_links no force row level security;
-- Answers whose verdict went with a move that was taken back: they hold again.
insert into verdicts (group_id, id, left_id, right_id, at, by_employee_id)
select group_id, gen_random_uuid(), left_id, right_id, coalesce(decided_at, created_at), decided_by
from reviews where state = 'different'
on conflict (group_id, left_id, right_id) where undone_at is null do nothing;
insert into verdict_causes (group_id, verdict_id, cause_id, at, by_employee_id)
select v.group_id, v.id, said.cause_id, said.at, said.by_employee_id
from verdicts v
join (
    select group_id, id as cause_id, left_id as one, right_id as other, coalesce(decided_at, created_at) as at,
        decided_by as by_employee_id
    from reviews where state = 'different'
    union all
    select group_id, id, from_client_id, to_client_id, at, by_employee_id
    from record_moves where undone_at is null and reason = 'split'
    union all
    select group_id, id, kept_id, absorbed_id, undone_at, undone_by
    from merge_links where undone_at is not null and by_employee_id = '' and undone_by <> ''
) said on said.group_id = v.group_id and v.left_id = least(said.one, said.other)
    and v.right_id = greatest(said.one, said.other) and said.at >= v.at
where v.undone_at is null;
alter table verdicts force row level security;
alter table reviews force row level security;
alter table record_moves force row level security;
alter table merge_links force row level security;

alter table verdict_causes enable row level security;
alter table verdict_causes force row level security;
create policy verdict_causes_group on verdict_causes using (group_id = current_setting('edina.group', true));
