-- What a search box finds and everything the found cards are made of, in one statement: a dozen small indexed reads cost
-- a fraction of asking for them one by one. The scope is set inside, for this statement alone, so that row-level security
-- holds and no transaction has to be opened around it.
--
-- A reading is one way to understand what was typed: words with alternative spellings, each as the bounds [low, high) of
-- the terms that begin with it. Word 0 drives the search, the same client must have the other words too. Readings are
-- tried in order; a last resort only if nothing was found. Without readings the given ids are read.
--
-- Rows by part, each with the columns it needs: 1 found card (number: its reading, a: what matched), 2 member, 3 record,
-- 4 vehicle statement (a: the vehicle's key), 5 correction, 6 confirmation, 7 owner, 8 newest activity.
create function read_cards(
    scope text, reading_kinds text[], last_resorts boolean[], reading_others integer[], word_readings integer[],
    word_numbers integer[], word_lows text[], word_highs text[], given uuid[], at_most integer
)
returns table (
    part integer, root_id uuid, client_id uuid, id uuid, source_record_id uuid, at timestamptz, number bigint,
    kind text, a text, b text, said jsonb, normalised jsonb
)
language plpgsql
as $$
#variable_conflict use_column
declare
    -- Terms that are looked at before cards are told apart.
    most_terms constant integer := 400;
    -- Clients with the driving word, and with each other word, that are looked at when there are several.
    most_namesakes constant integer := 20000;
    most_others constant integer := 200000;
    -- So few clients are asked one by one for the other words; of more, the index tells faster who has which.
    few constant integer := 100;
    -- Newest records of one call that are looked at.
    most_records constant integer := 5000;
    candidates uuid[];
    looked_at integer;
    roots_found uuid[];
    clients_found uuid[];
    roots uuid[] := '{}';
    members uuid[];
begin
    perform set_config('edina.group', scope, true);
    for turn in 1 .. cardinality(reading_kinds) loop
        continue when last_resorts[turn] and cardinality(roots) > 0;
        -- Clients with such a term: only the index is read, for a term's row is a page of its own.
        candidates := array(
            select s.client_id
            from unnest(word_readings, word_numbers, word_lows, word_highs) as w (reading, number, low, high)
            cross join lateral (
                select t.client_id from search_terms t
                where t.group_id = scope and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                limit case when reading_others[turn] = 0 then most_terms else most_namesakes end
            ) s
            where w.reading = turn and w.number = 0
        );
        for other in 1 .. reading_others[turn] loop
            exit when cardinality(candidates) = 0;
            if cardinality(candidates) <= few then
                candidates := array(
                    select c.client_id from unnest(candidates) as c (client_id)
                    where exists (
                        select from unnest(word_readings, word_numbers, word_lows, word_highs) as w (reading, number, low, high)
                        join search_terms t on t.group_id = scope and t.client_id = c.client_id
                            and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                        where w.reading = turn and w.number = other
                    )
                );
            else
                candidates := array(
                    select unnest(candidates)
                    intersect
                    select s.client_id
                    from unnest(word_readings, word_numbers, word_lows, word_highs) as w (reading, number, low, high)
                    cross join lateral (
                        select t.client_id from search_terms t
                        where t.group_id = scope and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                        limit most_others
                    ) s
                    where w.reading = turn and w.number = other
                );
            end if;
        end loop;
        continue when cardinality(candidates) = 0;
        -- Their cards, the newest client first. Few are merged: looking at a few more than are wanted mostly does.
        looked_at := at_most + 5;
        loop
            select array_agg(g.root_id), array_agg(g.newest) into roots_found, clients_found
            from (
                select c.root_id, (array_agg(c.id order by c.id desc))[1] as newest
                from (
                    select distinct u.client_id from unnest(candidates) as u (client_id)
                    order by u.client_id desc limit looked_at
                ) f
                join clients c on c.group_id = scope and c.id = f.client_id
                group by c.root_id order by 2 desc limit at_most
            ) g;
            exit when cardinality(roots_found) >= at_most or looked_at >= least(cardinality(candidates), most_terms);
            looked_at := most_terms;
        end loop;
        return query
            select 1, f.root_id, null::uuid, null::uuid, null::uuid, null::timestamptz, turn::bigint, null::text,
                (
                    select min(t.shown)
                    from unnest(word_readings, word_numbers, word_lows, word_highs) as w (reading, number, low, high)
                    join search_terms t on t.group_id = scope and t.client_id = f.client_id
                        and t.kind = reading_kinds[turn] and t.term >= w.low and t.term < w.high
                    where w.reading = turn and w.number = 0
                ),
                null::text, null::jsonb, null::jsonb
            from unnest(roots_found, clients_found) as f (root_id, client_id)
            where f.root_id <> all (roots);
        roots := roots || array(select f.root_id from unnest(roots_found) as f (root_id) where f.root_id <> all (roots));
        exit when cardinality(roots) >= at_most;
    end loop;
    roots := case when cardinality(reading_kinds) = 0 then
        array(select distinct c.root_id from clients c where c.group_id = scope and c.id = any (given))
    else roots end;
    if cardinality(roots) = 0 then
        return;
    end if;
    members := array(select c.id from clients c where c.group_id = scope and c.root_id = any (roots));
    return query
        select 2, c.root_id, c.id, c.id, null::uuid, c.created_at, c.version, c.kind, null::text, null::text,
            null::jsonb, null::jsonb
        from clients c where c.group_id = scope and c.id = any (members) order by c.id;
    return query
        select 3, null::uuid, r.client_id, r.id, r.id, r.occurred_at, null::bigint, null::text, null::text, null::text,
            r.raw, r.normalised
        from source_records r where r.group_id = scope and r.client_id = any (members)
        order by r.occurred_at desc, r.id desc limit most_records;
    -- About every vehicle one of the clients has to do with, whoever it is said of.
    return query
        select 4, c.root_id, mine.client_id, s.vehicle_id, s.source_record_id, s.at, null::bigint, s.role, v.key,
            null::text, null::jsonb, null::jsonb
        from (
            select distinct m.client_id, m.vehicle_id from vehicle_statements m
            where m.group_id = scope and m.client_id = any (members)
        ) mine
        join vehicles v on v.group_id = scope and v.id = mine.vehicle_id
        join vehicle_statements s on s.group_id = scope and s.vehicle_id = mine.vehicle_id
        join clients c on c.group_id = scope and c.id = s.client_id;
    return query
        select 5, null::uuid, k.client_id, k.id, null::uuid, k.at, null::bigint, k.field, k.value, null::text,
            null::jsonb, null::jsonb
        from corrections k where k.group_id = scope and k.client_id = any (members) and k.undone_at is null
        order by k.id;
    return query
        select 6, null::uuid, k.client_id, null::uuid, null::uuid, k.at, null::bigint, k.kind, k.value, k.by_what,
            null::jsonb, null::jsonb
        from confirmations k where k.group_id = scope and k.client_id = any (members) order by k.at, k.ref_id;
    return query
        select 7, null::uuid, o.client_id, o.id, null::uuid, o.at, null::bigint, o.department, o.employee_id,
            o.branch_id, null::jsonb, null::jsonb
        from owners o where o.group_id = scope and o.client_id = any (members) order by o.id;
    return query
        select 8, null::uuid, m.client_id, null::uuid, null::uuid, newest.at, null::bigint, null::text, null::text,
            null::text, null::jsonb, null::jsonb
        from unnest(members) as m (client_id)
        cross join lateral (
            select t.at from timeline_entries t
            where t.group_id = scope and t.client_id = m.client_id
              and t.kind not in ('merge', 'unmerge', 'owner_changed', 'consent_changed')
            order by t.at desc, t.id desc limit 1
        ) newest;
end $$;
