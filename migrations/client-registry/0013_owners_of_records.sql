-- Who came to look after a client because a lead was given to him: by which record it was said, so that it goes where that goes.
alter table owners add column source_record_id uuid;
