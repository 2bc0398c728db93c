-- What the answer to a question is worth; open questions are asked in that order, answers are listed by when they were given.
alter table reviews add column worth double precision not null default 0;
-- The import whose record raised the question: with it the question goes.
alter table reviews add column import_id uuid;

alter table reviews no force row level security;
-- As the engine weighs a pair of one record each.
update reviews set worth = 1 / (1 + power(2::double precision, -least(greatest(bits, -60), 60)));
alter table reviews force row level security;

create index reviews_open on reviews (group_id, worth desc, id desc) where state = 'open';
create index reviews_decided on reviews (group_id, decided_at desc, id desc) where state <> 'open';
drop index reviews_state;
