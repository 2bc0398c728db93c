-- The dictionary knows the words of companies' names, too. Those of Cyrillic letters are learned here, with their sounds by the
-- rules of the identity crate (see 0005); others when they are said again.
alter table search_terms no force row level security;
alter table name_words no force row level security;
alter table name_slips no force row level security;

create temporary table new_words on commit drop as
select w.group_id, w.word, s.sound
from (
    select distinct t.group_id, t.term as word from search_terms t
    where t.kind = 'company' and t.term ~ '^[а-я]+(-[а-я]+)*$'
        and not exists (select from name_words k where k.group_id = t.group_id and k.word = t.term)
) w
cross join lateral (select regexp_replace(w.word, '[-ьъ]', '', 'g') as t) a
cross join lateral (select replace(replace(a.t, 'тс', 'Ц'), 'дс', 'Ч') as t) b
cross join lateral (select regexp_replace(b.t, 'б(?=[пфктшсхцчщЦ]|$)', 'П', 'g') as t) c
cross join lateral (select regexp_replace(c.t, 'в(?=[пфктшсхцчщЦ]|$)', 'Ф', 'g') as t) d
cross join lateral (select regexp_replace(d.t, 'г(?=[пфктшсхцчщЦ]|$)', 'К', 'g') as t) e
cross join lateral (select regexp_replace(e.t, 'д(?=[пфктшсхцчщЦ]|$)', 'Т', 'g') as t) f
cross join lateral (select regexp_replace(f.t, 'ж(?=[пфктшсхцчщЦ]|$)', 'Ш', 'g') as t) g
cross join lateral (select regexp_replace(g.t, 'з(?=[пфктшсхцчщЦ]|$)', 'С', 'g') as t) h
cross join lateral (
    select regexp_replace(translate(h.t, 'ПФКТШСЦЧояеёэыйющ', 'пфктшсццаааииииуш'), '(.)\1+', '\1', 'g') as sound
) s;

insert into name_words (group_id, word, sound) select group_id, word, sound from new_words;

insert into name_slips (group_id, slip, word)
select distinct w.group_id, s.mark || case when n = 0 then s.text else left(s.text, n - 1) || substr(s.text, n + 1) end,
    w.word
from new_words w
cross join lateral (values ('', w.word), ('~', w.sound)) s (mark, text)
cross join lateral generate_series(0, length(s.text)) n
where length(w.word) between 4 and 32
on conflict do nothing;

alter table search_terms force row level security;
alter table name_words force row level security;
alter table name_slips force row level security;

-- Profile version 7 reads Latin letters without their marks (José is Jose) and letters that came as two characters. What is
-- stored is read anew by the service, group by group, and counted anew with it (see 0010).
alter table key_counts no force row level security;
delete from key_counts where kind <> 'total';
alter table key_counts force row level security;
alter table clients no force row level security;
alter table jobs no force row level security;
insert into jobs (id, group_id, kind, key, payload, due_at)
select gen_random_uuid(), group_id, 'read_anew', '', '{}', now() from (select distinct group_id from clients) g
on conflict do nothing;
alter table clients force row level security;
alter table jobs force row level security;
