-- A copy that hands a PBX over says so, and says when it has written everything it heard: until then its successor does
-- not judge calls that only the leaving copy saw whole.

-- The term whose holder still writes; null when none does. Stays if that copy dies: successors wait for a bounded time.
alter table pbx_readers add column leaving bigint;
