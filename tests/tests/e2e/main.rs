//! Journeys through the whole system: real servers, five processes, outside systems of other people's making.
//! One file a journey. What the harness offers is in the crate `e2e`.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod browser;
mod car_sold_on;
mod contacts_live;
mod duplicate_lead_has_two_arrivals;
mod event_delivered_twice;
mod family_sharing_a_phone;
mod harness;
mod import_in_the_console;
mod import_loses_nothing;
mod leads_follow_records;
mod merge_and_unmerge;
mod missed_call_becomes_task_and_lead;
mod one_card_from_lead_repair_order_and_call;
mod rejected_input_is_kept_and_resubmitted;
mod samples;
mod sigkill_and_restart;
mod tenancy;
mod up;
mod who_is_who;
