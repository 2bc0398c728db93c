-- Every end of a number was a term; now those with an even number of digits are, and the number itself. The others go, so that
-- what is taken back or moved later leaves none behind: each is the end of a term that has one digit more.
alter table search_terms no force row level security;
delete from search_terms t using search_terms longer
where t.kind = 'phone' and length(t.term) in (5, 7, 9)
    and longer.kind = 'phone' and length(longer.term) = length(t.term) + 1
    and longer.group_id = t.group_id and longer.client_id = t.client_id
    and right(longer.term, -1) = t.term;
alter table search_terms force row level security;
