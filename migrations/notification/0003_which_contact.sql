-- Which of the client's contacts a message goes to, in the registry's word, so that its delivery confirms that one.
alter table messages add column contact_ref text not null default '';
