-- Services that gave a record are told when it comes to another card, in an order they can see.

-- Counts up whenever the record comes to another card.
alter table source_records add column card_version bigint not null default 0;

-- Nothing writes it any more: candidates are found by client_keys.
drop table match_keys;

-- An import is taken back by portions; the same file may come again when that has ended.
alter table imports add column withdrawn bigint not null default 0;
drop index imports_key;
create unique index imports_key on imports (group_id, key) where state in ('running', 'done', 'undoing');
