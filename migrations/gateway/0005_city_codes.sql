-- Put before short city numbers: of the branch where they are typed, else of its group. Empty: not known.
alter table branches add column area_code text not null default '';
alter table groups add column area_code text not null default '';
