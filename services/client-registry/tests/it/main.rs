//! The registry as its callers see it: over gRPC, on a real PostgreSQL and NATS. A file per behaviour.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bulk_loading;
mod calls;
mod consents_and_owners;
mod explaining;
mod facts_into_timeline;
mod import_rows;
mod learning;
mod living_cards;
mod many_at_once;
mod merging;
mod newcomers;
mod owners_of_leads;
mod people_of_companies;
mod portions;
mod random_histories;
mod reading_anew;
mod refusals_follow;
mod regaining;
mod relating;
mod resolving;
mod reviewing;
mod said_by_several_files;
mod searching;
mod support;
mod taking_back;
mod taking_back_imports;
mod taking_back_models;
mod tenancy;
mod vehicles;
