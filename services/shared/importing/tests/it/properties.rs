//! Nothing panics; a file is the same file from any row on; what is written comes back.

use std::ops::ControlFlow;

use edina_importing::{Kind, ReadRow};
use proptest::prelude::*;

use crate::support::{open, rows_of, workbook};

fn kinds() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL.to_vec())
}

/// A cell as a well-behaved program writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_under_a_header_end_in_rows(kind in kinds(), bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut file = "ФИО;Телефон;VIN;Сумма;Дата\n".as_bytes().to_vec();
        file.extend(&bytes);
        if let Ok(mut file) = open(file, "a.csv", kind) {
            let rows = rows_of(&mut file);
            prop_assert!(rows.windows(2).all(|pair| pair[0].place + 1 == pair[1].place && pair[0].line < pair[1].line));
        }
        let mut card = b"BEGIN:VCARD\n".to_vec();
        card.extend(&bytes);
        let mut file = open(card, "a.vcf", Kind::Vcard).unwrap();
        rows_of(&mut file);
    }

    #[test]
    fn what_is_written_comes_back(names in proptest::collection::vec("[А-Яа-яA-Za-z;,\"\n ]{0,12}[а-я]", 1..20)) {
        let mut text = String::from("ФИО;Телефон\n");
        for name in &names {
            text.push_str(&format!("{};+79161234567\r\n", quoted(name)));
        }
        let mut file = open(text, "a.csv", Kind::Contacts).unwrap();
        let back: Vec<String> = rows_of(&mut file).into_iter().map(|row| row.outcome.unwrap().full_name).collect();
        let meant: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        prop_assert_eq!(back, meant);
    }

    #[test]
    fn from_any_row_on_it_is_the_same_file(count in 1_u64..40, from in 0_u64..45) {
        let mut text = String::from("ФИО;Телефон\n");
        for nth in 0..count {
            text.push_str(&format!("Иванов {nth};+7916123{nth:04}\n"));
            if nth % 7 == 3 {
                text.push_str("\n\"открыта;1\n");
            }
        }
        let mut file = open(text, "a.csv", Kind::Contacts).unwrap();
        let all = rows_of(&mut file);
        let mut rest: Vec<ReadRow> = Vec::new();
        let seen = file.visit(from, &mut |row| { rest.push(row); ControlFlow::Continue(()) }).unwrap();
        prop_assert_eq!(seen, all.len() as u64);
        let at = usize::try_from(from).unwrap().min(all.len());
        prop_assert_eq!(&rest[..], &all[at..]);
    }

    #[test]
    fn any_sheet_ends_in_rows_or_a_reason(inside in "[<>/a-z \"=&;0-9rcvts]{0,200}") {
        let header = r#"<row><c t="inlineStr"><is><t>ФИО</t></is></c></row>"#;
        if let Ok(mut file) = open(workbook(&format!("{header}{inside}"), &["x"]), "a.xlsx", Kind::Contacts) {
            let _ = file.visit(0, &mut |_| ControlFlow::Continue(()));
        }
    }
}
