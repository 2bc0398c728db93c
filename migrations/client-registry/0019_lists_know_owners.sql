-- Profile version 4 and normalised form 5 keep OGRNs as evidence, the numbers and addresses of a company's people, and where
-- those were typed; clients are found by their accounts in messengers. What is stored is read anew by the service, group by
-- group, and counted anew with it (see 0010).
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

-- As it was, but that statements about vehicles say of which family who said them is: without it visits sell no car, and a
-- list shows it with its former owner.
create or replace function find_cards(
    scope text, reading_kinds text[], wholes boolean[], last_resorts boolean[], reading_others integer[],
    word_readings integer[], word_numbers integer[], word_lows text[], word_highs text[], given uuid[], at_most integer,
    present_brief integer
)
returns table (
    part integer, root_id uuid, client_id uuid, id uuid, source_record_id uuid, at timestamptz, number bigint,
    kind text, a text, b text, said jsonb, normalised jsonb, brief jsonb
)
language plpgsql
as $$
#variable_conflict use_column
declare
    -- More clients than are wanted, that are looked at because some may be one card: of one term, of one beginning.
    spare constant integer := 30;
    -- Clients with the driving word, and with each other word, that are looked at when there are several.
    most_namesakes constant integer := 20000;
    most_others constant integer := 200000;
    -- So few clients are asked one by one for the other words; of more, the index tells faster who has which.
    few constant integer := 100;
    -- Newest records of one client that are looked at.
    most_records constant integer := 500;
    candidates uuid[];
    -- What matched, beside each candidate.
    matched text[];
    looked_at integer;
    more_candidates uuid[];
    more_matched text[];
    roots_found uuid[];
    places_found bigint[];
    roots uuid[] := '{}';
    members uuid[];
    member_roots uuid[];
    member_times timestamptz[];
    member_versions bigint[];
    member_kinds text[];
begin
    perform set_config('edina.group', scope, true);
    for turn in 1 .. cardinality(reading_kinds) loop
        continue when last_resorts[turn] and cardinality(roots) > 0;
        if reading_others[turn] = 0 then
            select array_agg(s.client_id order by w.n, s.client_id desc), array_agg(s.shown order by w.n, s.client_id desc)
            into candidates, matched
            from unnest(word_readings, word_lows) with ordinality as w (reading, low, n)
            cross join lateral (
                select t.client_id, t.shown from search_terms t
                where t.group_id = scope and t.kind = reading_kinds[turn] and t.term = w.low
                order by t.client_id desc limit at_most + spare
            ) s
            where w.reading = turn;
            if not wholes[turn] and coalesce(cardinality(candidates), 0) < at_most then
                select array_agg(s.client_id order by w.n, s.client_id desc),
                    array_agg(s.shown order by w.n, s.client_id desc)
                into more_candidates, more_matched
                from unnest(word_readings, word_lows, word_highs) with ordinality as w (reading, low, high, n)
                cross join lateral (
                    select t.client_id, t.shown from search_terms t
                    where t.group_id = scope and t.kind = reading_kinds[turn] and t.term > w.low and t.term < w.high
                    order by t.term limit at_most + spare
                ) s
                where w.reading = turn;
                candidates := candidates || more_candidates;
                matched := matched || more_matched;
            end if;
        else
            candidates := array(
                select s.client_id
                from unnest(word_readings, word_numbers, word_lows, word_highs) as w (reading, number, low, high)
                cross join lateral (
                    select t.client_id from search_terms t
                    where t.group_id = scope and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                    limit most_namesakes
                ) s
                where w.reading = turn and w.number = 0
            );
            for other in 1 .. reading_others[turn] loop
                exit when cardinality(candidates) = 0;
                if cardinality(candidates) <= few then
                    candidates := array(
                        select c.client_id from unnest(candidates) as c (client_id)
                        where exists (
                            select from unnest(word_readings, word_numbers, word_lows, word_highs)
                                as w (reading, number, low, high)
                            join search_terms t on t.group_id = scope and t.client_id = c.client_id
                                and t.kind in ('name', 'company')
                                and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                            where w.reading = turn and w.number = other
                        )
                    );
                else
                    candidates := array(
                        select unnest(candidates)
                        intersect
                        select s.client_id
                        from unnest(word_readings, word_numbers, word_lows, word_highs)
                            as w (reading, number, low, high)
                        cross join lateral (
                            select t.client_id from search_terms t
                            where t.group_id = scope and t.kind = reading_kinds[turn]
                                and t.term >= w.low and t.term < w.high
                            limit most_others
                        ) s
                        where w.reading = turn and w.number = other
                    );
                end if;
            end loop;
            -- What matched is a term of its first word.
            select array_agg(u.client_id order by u.client_id desc), array_agg((
                select min(t.shown)
                from unnest(word_readings, word_numbers, word_lows, word_highs) as w (reading, number, low, high)
                join search_terms t on t.group_id = scope and t.client_id = u.client_id
                    and t.kind in ('name', 'company')
                    and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                where w.reading = turn and w.number = 0
            ) order by u.client_id desc)
            into candidates, matched
            from (
                select distinct d.client_id from unnest(candidates) as d (client_id)
                order by d.client_id desc limit at_most + spare
            ) u;
        end if;
        continue when candidates is null;
        -- Their cards, in the order they were found. Few are merged: looking at a few more than are wanted mostly does.
        looked_at := at_most + 5;
        loop
            select array_agg(g.root_id order by g.place), array_agg(g.place order by g.place)
            into roots_found, places_found
            from (
                select c.root_id, min(u.place) as place
                from unnest(candidates[:looked_at]) with ordinality as u (client_id, place)
                join clients c on c.group_id = scope and c.id = u.client_id
                where c.root_id <> all (roots)
                group by c.root_id order by 2 limit at_most
            ) g;
            exit when coalesce(cardinality(roots_found), 0) >= at_most or looked_at >= cardinality(candidates);
            looked_at := cardinality(candidates);
        end loop;
        continue when roots_found is null;
        return query
            select 1, f.root_id, null::uuid, null::uuid, null::uuid, null::timestamptz, turn::bigint, null::text,
                matched[f.place], null::text, null::jsonb, null::jsonb, null::jsonb
            from unnest(roots_found, places_found) as f (root_id, place);
        roots := roots || roots_found;
        exit when cardinality(roots) >= at_most;
    end loop;
    roots := case when cardinality(reading_kinds) = 0 then
        array(select distinct c.root_id from clients c where c.group_id = scope and c.id = any (given))
    else roots[:greatest(at_most, 1)] end;
    if cardinality(roots) = 0 then
        return;
    end if;
    select array_agg(c.id), array_agg(c.root_id), array_agg(c.created_at), array_agg(c.version), array_agg(c.kind)
    into members, member_roots, member_times, member_versions, member_kinds
    from clients c where c.group_id = scope and c.root_id = any (roots);
    -- One statement: beginning and ending each by itself would cost as much as its few rows.
    return query
        select 2, m.root_id, m.id, m.id, null::uuid, m.at, m.version, m.kind, null::text, null::text,
            null::jsonb, null::jsonb, null::jsonb
        from unnest(members, member_roots, member_times, member_versions, member_kinds)
            as m (id, root_id, at, version, kind)
        union all (
            select 3, null::uuid, r.client_id, r.id, r.id, r.occurred_at, null::bigint, null::text, null::text,
                null::text,
                case when r.brief_version = present_brief then null else r.raw end,
                case when r.brief_version = present_brief then null else r.normalised end,
                case when r.brief_version = present_brief then r.brief end
            from unnest(members) as m (client_id)
            cross join lateral (
                select * from source_records s where s.group_id = scope and s.client_id = m.client_id
                order by s.occurred_at desc, s.id desc limit most_records
            ) r
            order by r.occurred_at desc, r.id desc
        )
        -- About every vehicle one of the clients has to do with, whoever it is said of.
        union all
        select 4,
            coalesce(own.root_id, (select c.root_id from clients c where c.group_id = scope and c.id = s.client_id)),
            mine.client_id, s.vehicle_id, s.source_record_id, s.at, null::bigint, s.role, v.key,
            s.family, null::jsonb, null::jsonb, null::jsonb
        from (
            select distinct m.client_id, m.vehicle_id from vehicle_statements m
            where m.group_id = scope and m.client_id = any (members)
        ) mine
        join vehicles v on v.group_id = scope and v.id = mine.vehicle_id
        join vehicle_statements s on s.group_id = scope and s.vehicle_id = mine.vehicle_id
        left join unnest(members, member_roots) as own (id, root_id) on own.id = s.client_id
        union all
        select 5, null::uuid, k.client_id, k.id, null::uuid, k.at, null::bigint, k.field, k.value, null::text,
            null::jsonb, null::jsonb, null::jsonb
        from corrections k where k.group_id = scope and k.client_id = any (members) and k.undone_at is null
        union all
        select 6, null::uuid, k.client_id, null::uuid, null::uuid, k.at, null::bigint, k.kind, k.value, k.by_what,
            null::jsonb, null::jsonb, null::jsonb
        from confirmations k where k.group_id = scope and k.client_id = any (members)
        union all
        select 7, null::uuid, o.client_id, o.id, null::uuid, o.at, null::bigint, o.department, o.employee_id,
            o.branch_id, null::jsonb, null::jsonb, null::jsonb
        from owners o where o.group_id = scope and o.client_id = any (members)
        union all
        select 8, null::uuid, m.client_id, null::uuid, null::uuid, newest.at, null::bigint, null::text, null::text,
            null::text, null::jsonb, null::jsonb, null::jsonb
        from unnest(members) as m (client_id)
        cross join lateral (
            select t.at from timeline_entries t
            where t.group_id = scope and t.client_id = m.client_id
              and t.kind not in ('merge', 'unmerge', 'owner_changed', 'consent_changed')
            order by t.at desc, t.id desc limit 1
        ) newest;
end $$;
