//! Real exports of others, read from `$EDINA_SAMPLES`.

use std::path::PathBuf;

use edina_importing::Kind;

use crate::support::records;

#[expect(
    clippy::print_stdout,
    reason = "whoever runs the tests must see what was left out"
)]
fn sample(name: &str) -> Option<Vec<u8>> {
    let Some(folder) = std::env::var_os("EDINA_SAMPLES").map(PathBuf::from) else {
        println!("EDINA_SAMPLES is not set: {name} was not read");
        return None;
    };
    Some(std::fs::read(folder.join(name)).expect("the sample can be read"))
}

#[test]
fn contacts_of_amocrm() {
    let Some(bytes) = sample("csv/amocrm_contacts.csv") else {
        return;
    };
    let found = records(bytes, "amocrm_contacts.csv", Kind::AmoCrm);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].phones, ["+79035550101"]);
    assert_eq!(found[1].phones, ["8 843 555-01-02", "8 903 555 01 03"]);
    assert_eq!(found[1].company.as_ref().unwrap().name, "ООО \"Ромашка\"");
    assert_eq!(found[1].comment, "строка 1\nстрока 2");
    assert_eq!(found[2].emails, ["IVANOV@EXAMPLE.COM"]);
    assert!(
        found
            .iter()
            .all(|record| record.external_id.starts_with("amocrm:branch-1:100"))
    );
}

#[test]
fn cards_of_a_telephone() {
    let Some(bytes) = sample("vcf/android21_and_30.vcf") else {
        return;
    };
    let found = records(bytes, "android21_and_30.vcf", Kind::Vcard);
    assert_eq!(
        (found[0].last_name.as_str(), found[0].first_name.as_str()),
        ("Коваль", "Ірина")
    );
    assert_eq!(found[0].emails, ["ira@example.com", "ira.work@example.org"]);
    assert_eq!(found[1].last_name, "Петренко");
}
