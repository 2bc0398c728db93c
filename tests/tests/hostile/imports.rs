//! Files that mean harm, given to the console: each ends in a reason before anything is written, or costs its own rows,
//! and the gateway holds little of any.

use std::{io::Write as _, time::Duration};

use e2e::{
    Options, System,
    console::{Console, Page},
    patience::within,
};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::memory::Watch;

const END: Duration = Duration::from_secs(120);
/// What a file may cost beyond what it is made of, mebibytes: the pieces of a request, a record, a sheet's texts.
const MEBIBYTES: u64 = 160;

fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook whose sheet is whatever it is given.
fn workbook(sheet: Vec<u8>, shared: Vec<u8>) -> Vec<u8> {
    let book =
        r#"<workbook xmlns:r="r"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let relations = r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    archive(&[
        ("[Content_Types].xml", b"<Types/>".to_vec()),
        ("xl/workbook.xml", book.into()),
        ("xl/_rels/workbook.xml.rels", relations.into()),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// Blanks that are packed to next to nothing.
fn swollen() -> Vec<u8> {
    vec![b' '; 64 << 20]
}

/// Files that are refused as a whole, each with a piece of the reason.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let row = "<row><c t=\"inlineStr\"><is><t>a</t></is></c></row>";
    let sheet = |inside: Vec<u8>| [b"<worksheet><sheetData>".to_vec(), inside].concat();
    vec![
        ("photo.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "не текст"),
        (
            "clients.xlsx",
            "ФИО;Телефон\nИванов;1\n".into(),
            "внутри таблица CSV",
        ),
        ("clients.csv", b"%PDF-1.7\n".to_vec(), "документ PDF"),
        ("clients.csv", archive(&[("a.txt", b"x".to_vec())]), "книга XLSX"),
        ("clients.xlsx", archive(&[("a.txt", b"x".to_vec())]), "архив ZIP"),
        (
            "cut.xlsx",
            workbook(sheet(Vec::new()), Vec::new())[..200].to_vec(),
            "повреждён",
        ),
        (
            "bomb.xlsx",
            workbook(sheet(swollen()), b"<sst/>".to_vec()),
            "неразумно большой",
        ),
        (
            "texts.xlsx",
            workbook(sheet(row.into()), [b"<sst>".to_vec(), swollen()].concat()),
            "неразумно большой",
        ),
        (
            "wide.csv",
            format!("ФИО;{}\nИванов\n", "a;".repeat(400_000)).into(),
            "столбцов",
        ),
        ("long.csv", "x".repeat(10 << 20).into(), "длиннее"),
    ]
}

/// Files of which some rows are rejected: rows in all, and how many of them.
fn partly() -> Vec<(&'static str, Vec<u8>, u64, u64)> {
    let table = |rows: &[&[u8]]| {
        [
            b"\xef\xbb\xbf\xd0\xa4\xd0\x98\xd0\x9e;phone\n".as_slice(),
            &rows.concat(),
        ]
        .concat()
    };
    let good = "Сидоров Пётр;+79161110203\n".as_bytes();
    let long = [b"x".repeat(10 << 20).as_slice(), b";1\n"].concat();
    vec![
        ("cell.csv", table(&[good, &long, good]), 3, 1),
        ("zero.csv", table(&[good, b"\xd0\x90\0\xd0\x91;1\n", good]), 3, 1),
        (
            "mixed.csv",
            table(&[good, b"\xc8\xe2\xe0\xed\xee\xe2;1\n", good]),
            3,
            1,
        ),
        ("quote.csv", table(&[good, b"\"a;b\n", good]), 3, 1),
    ]
}

async fn settled(console: &Console, file: &str) -> Page {
    within(END, "the file's page shows the end", async || {
        let page = console.get(file).await.ok()?.ok().ok()?;
        (!page.text.contains("<progress")).then_some(page)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_mean_harm_end_in_reasons_and_in_little_memory() {
    let system = System::start(Options::default()).await;
    let console = Console::sign_in(&system).await.unwrap();
    let branch = system.group().branch.branch_id.clone();
    let start = async |file: &str| {
        let dry = [("dry_run", "false")];
        console.post(&format!("{file}/start"), &dry).await.unwrap()
    };
    let watch = Watch::new(&system);
    for (name, content, reason) in refused() {
        let file = console.upload(name, "contacts", &branch, &content).await.unwrap();
        let page = console.get(&file).await.unwrap().ok().unwrap();
        assert!(page.text.contains(reason), "{name}: {}", page.text);
        let begun = start(&file).await;
        assert_eq!(begun.status.as_u16(), 409, "{name}: {}", begun.text);
    }
    for (name, content, rows, rejected) in partly() {
        let file = console.upload(name, "contacts", &branch, &content).await.unwrap();
        start(&file).await.ok().unwrap();
        let page = settled(&console, &file).await;
        let list = console
            .get(&format!("{file}/rejected"))
            .await
            .unwrap()
            .ok()
            .unwrap();
        assert_eq!(
            list.text.lines().count() as u64,
            rejected + 1,
            "{name}: {}",
            list.text
        );
        let shown = page.text.matches("<dd").count();
        assert_eq!(shown, 6, "{name} ({rows} rows): {}", page.text);
    }
    watch.grew_at_most(&system, MEBIBYTES);
}
