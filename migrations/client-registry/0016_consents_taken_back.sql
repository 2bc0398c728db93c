-- What an employee wrote down of a consent by mistake can be taken back; it stays in the ledger. One word may be several
-- lines, a refusal being noted for every member of the card: they share an id.
alter table consents
    -- Empty: the line is a word of its own.
    add column said_id uuid,
    add column undone_at timestamptz,
    add column undone_by text not null default '';
create index consents_said on consents (group_id, said_id) where said_id is not null;

-- Questions that somebody put off: they come last for whoever did, and to nobody else.
create table review_skips (
    group_id text not null,
    review_id uuid not null,
    -- Empty: a program.
    employee_id text not null,
    at timestamptz not null,
    primary key (group_id, employee_id, review_id)
);
create index review_skips_review on review_skips (group_id, review_id);
alter table review_skips enable row level security;
alter table review_skips force row level security;
create policy review_skips_group on review_skips using (group_id = current_setting('edina.group', true));

alter table reviews no force row level security;
alter table review_skips no force row level security;
-- Whoever skipped a question took it from everybody: it is open again, and comes last for that person.
insert into review_skips (group_id, review_id, employee_id, at)
select group_id, id, decided_by, coalesce(decided_at, created_at) from reviews where state = 'skipped';
update reviews set state = 'open', decided_at = null, decided_by = '' where state = 'skipped';
alter table reviews force row level security;
alter table review_skips force row level security;

-- A person who joins two again lifts what only the taking back of a merge said of them; whoever takes that merge back says it
-- again.
alter table verdict_causes add column lifted_by uuid;
create index verdict_causes_lifted on verdict_causes (group_id, lifted_by) where lifted_by is not null;
