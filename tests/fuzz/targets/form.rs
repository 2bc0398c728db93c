//! Web forms of every content type.
#![no_main]

use lead_intake::channel::form::{self, Form, FormLimits};
use libfuzzer_sys::fuzz_target;

const KINDS: [Option<&str>; 6] = [
    Some("application/json"),
    Some("application/x-www-form-urlencoded"),
    Some("application/x-www-form-urlencoded; charset=windows-1251"),
    Some("multipart/form-data; boundary=x"),
    Some("text/plain; charset=koi8-r"),
    None,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, body)) = bytes.split_first() else {
        return;
    };
    let kind = KINDS[usize::from(*first) % KINDS.len()];
    match form::read(body, kind, chrono_tz::Europe::Moscow, &FormLimits::default()) {
        Ok(Form::Lead(lead)) => {
            let contact = &lead.contact;
            assert!(contact.phones.len() <= 10 && contact.emails.len() <= 10 && contact.handles.len() <= 10);
            assert!(lead.extra.len() <= 200 && lead.source_ids.len() <= 10 && lead.consents.len() <= 10);
        }
        Ok(Form::Ping) => {}
        Err(rejection) => assert!(!rejection.message_ru.is_empty() && !rejection.message_en.is_empty()),
    }
});
