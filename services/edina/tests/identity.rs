//! The identity engine over files, as whoever measures it calls it: no servers, a cluster for every record.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use tempfile::TempDir;

const RECORDS: &str = "record_id,full_name,phone,birth_date\n\
    r1,Соколов Пётр Ильич,+7 916 123-45-67,1980-02-03\n\
    r2,СОКОЛОВ ПЕТР ИЛЬИЧ,89161234567,03.02.1980\n\
    r3,Гусева Анна Львовна,8 (903) 765-43-21,1991-11-12\n\
    r4,Соколов П.И.,9161234567\n\
    r5,Ткаченко Олег,+79037654000,1975-01-09,one cell too many\n";

const FEBRL: &str = "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id\n\
    rec-1-org, michaela, neumann, 8, stanley street, miami, winston hills, 4223, nsw, 19151111, 5304218\n\
    rec-1-dup-0, michaela, neuman, 8, stanley street, miami, winston hills, 4223, nsw, 19151111, 5304218\n\
    rec-2-org, courtney, painter, 12, pinkerton circuit, bega flats, richlands, 4560, vic, 19161214, 4066625\n";

fn edina(arguments: &[&str]) -> (String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_edina"))
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{arguments:?}: {errors}");
    (String::from_utf8_lossy(&run.stdout).into_owned(), errors)
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// The cluster of each record.
fn clusters(file: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[0].to_owned(), row[1].to_owned())
        })
        .collect()
}

#[test]
fn every_record_of_a_file_gets_its_client_at_once_and_one_by_one() {
    let folder = TempDir::new().unwrap();
    let [records, out] = ["records.csv", "out.csv"].map(|name| path(folder.path(), name));
    let mut bytes = RECORDS.as_bytes().to_vec();
    bytes.extend(b"r6,\xff\xfe Nobody,,\n");
    fs::write(&records, bytes).unwrap();
    for online in [&[][..], &["--online"]] {
        let arguments = [
            "identity",
            "resolve",
            "--untrained",
            "--in",
            &records,
            "--out",
            &out,
        ];
        let (_, told) = edina(&[&arguments[..], online].concat());
        assert!(told.contains("line 5: 3 cells, the header has 4"), "{told}");
        assert!(told.contains("line 6: 5 cells, the header has 4"), "{told}");
        let of = clusters(&out);
        assert_eq!(of.len(), 6, "{of:?}");
        assert_eq!(of["r1"], of["r2"], "{of:?}");
        assert_eq!(of["r1"], of["r4"], "{of:?}");
        for other in ["r3", "r5", "r6"] {
            assert_eq!(of[other], other, "{of:?}");
        }
    }
}

#[test]
fn english_records_have_a_layout_of_their_own() {
    let folder = TempDir::new().unwrap();
    let [records, out] = ["febrl.csv", "out.csv"].map(|name| path(folder.path(), name));
    fs::write(&records, FEBRL).unwrap();
    edina(&[
        "identity",
        "resolve",
        "--untrained",
        "--schema",
        "febrl",
        "--in",
        &records,
        "--out",
        &out,
    ]);
    let of = clusters(&out);
    assert_eq!(of["rec-1-org"], of["rec-1-dup-0"], "{of:?}");
    assert_ne!(of["rec-1-org"], of["rec-2-org"], "{of:?}");
}

#[test]
fn a_made_up_set_is_resolved_and_scored() {
    let folder = TempDir::new().unwrap();
    let made = folder.path().display().to_string();
    edina(&["bench", "identity", "--records", "1500", "--generate", &made]);
    let [records, truth, relations, out] =
        ["records.csv", "truth.csv", "relations.csv", "out.csv"].map(|name| path(folder.path(), name));
    let f1 = |online: &[&str]| -> f64 {
        let arguments = [
            "identity",
            "resolve",
            "--untrained",
            "--in",
            &records,
            "--out",
            &out,
        ];
        edina(&[&arguments[..], online].concat());
        let (score, _) = edina(&[
            "identity",
            "score",
            "--clusters",
            &out,
            "--truth",
            &truth,
            "--relations",
            &relations,
        ]);
        let of = score.split(|letter: char| letter.is_whitespace() || letter == ',');
        let mut of = of.skip_while(|word| !word.eq_ignore_ascii_case("f1"));
        of.find_map(|word| word.parse().ok())
            .unwrap_or_else(|| panic!("{score}"))
    };
    let (batch, online) = (f1(&[]), f1(&["--online"]));
    assert!(batch > 0.9, "{batch}");
    assert!((batch - online).abs() < 0.01, "{batch} {online}");
}
