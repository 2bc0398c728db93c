//! What people type into the fields of a card.
#![no_main]

use edina_identity::Home;
use edina_identity::normalise::{address, birth_date, company, email, name, phone, plate, tax_id, vin};
use edina_identity::text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    let home = Home::default();
    if let Ok(read) = phone::parse(raw, &home) {
        assert!(read.e164.len() <= 16);
        assert_eq!(phone::parse(&read.e164, &home).map(|again| again.e164), Ok(read.e164));
    }
    assert!(phone::parse_all(raw, &home).len() <= 8);
    if let Ok(read) = email::normalise(raw) {
        assert!(read.address.len() <= 320);
        assert_eq!(email::normalise(&read.address), Ok(read));
    }
    if let Ok(read) = vin::normalise(raw) {
        assert_eq!(vin::normalise(&read.value).map(|again| again.value), Ok(read.value));
    }
    if let Ok(read) = plate::normalise(raw) {
        assert_eq!(plate::normalise(&read.display).map(|again| again.value), Ok(read.value));
    }
    if let Ok(read) = tax_id::inn(raw) {
        assert_eq!(tax_id::inn(&read.value), Ok(read));
    }
    if let Ok(read) = birth_date::parse(raw) {
        assert_eq!(birth_date::parse(&read.date.to_string()), Ok(read));
    }
    let cleaned = text::clean(raw);
    assert_eq!(text::clean(&cleaned), cleaned);
    let parsed = name::parse(raw);
    assert!(parsed.display().len() < 4_000);
    let _ = name::match_form(&parsed);
    let _ = (address::parse(raw), tax_id::kpp(raw), tax_id::ogrn(raw));
    assert!(company::parse(raw).is_none_or(|read| read.display.chars().count() <= text::MAX_FIELD_CHARS));
    let _ = (text::script::other_layout(raw), text::script::to_latin(raw));
});
