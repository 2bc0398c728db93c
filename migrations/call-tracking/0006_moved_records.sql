-- Where the registry said that the record of a call lies, and how often that had changed by then: what is older is not heard.
alter table calls
    add column moved_to text not null default '',
    add column card_version bigint not null default 0;
