//! ADF/XML: a lead or a reason for every document.
#![no_main]

use lead_intake::channel::adf::{self, AdfOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let results = adf::read(bytes, &AdfOptions::default());
    assert!(!results.is_empty(), "neither a lead nor a reason");
    assert!(results.len() <= 201, "more than the bound");
    for result in results {
        match result {
            Ok(lead) => {
                assert!(lead.contact.is_reachable(), "a lead nobody can answer");
                assert!(lead.clone().storable().contact.is_reachable() || bytes.contains(&0));
            }
            Err(part) => {
                assert!(!part.rejection.message_ru.is_empty() && !part.rejection.message_en.is_empty());
                assert!(part.raw.len() <= 64 * 1024);
            }
        }
    }
});
