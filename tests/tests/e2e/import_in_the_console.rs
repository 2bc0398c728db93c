//! A file is imported in the console while the gateway is killed: every row is taken once, bad ones can be had with their
//! reasons, what a column is is remembered, and the whole is taken back.

use std::{fmt::Write as _, time::Duration};

use e2e::{
    Options, Service, System, console::Console, console::Page, eventually, patience::within, people::Person,
};
use edina_proto::registry::v1::{
    ImportBatch, ListImportsRequest, client_registry_client::ClientRegistryClient,
};
use edina_runtime::grpc;

const ROWS: usize = 1200;
const END: Duration = Duration::from_secs(180);

/// Rows of different people with a column nobody knows, a row without a client, and one of a broken quotation.
fn table(known: &Person) -> String {
    let mut text = String::from("ФИО;Телефон;Марка;Словечко\n");
    let mut row =
        |name: &str, phone: &str| writeln!(text, "{name};{phone};Lada;просил звонить вечером").unwrap();
    row(&known.full_name(), &known.local());
    for _ in 1..ROWS {
        let person = Person::man();
        row(&person.full_name(), &person.e164());
    }
    text.push_str(";;Lada;никто\n\"кавычка;без конца;;\n");
    text
}

async fn imports(system: &System) -> anyhow::Result<Vec<ImportBatch>> {
    let url = format!("http://{}", system.reached(Service::Registry).grpc);
    let administrator = System::administrator(&system.group().id.parse()?);
    let request = system
        .caller_key()
        .request(&administrator, ListImportsRequest::default());
    let listed = ClientRegistryClient::new(grpc::channel(&url)?)
        .list_imports(request)
        .await?;
    Ok(listed.into_inner().imports)
}

/// The import that has taken more rows than `place`, or all of them.
async fn beyond(system: &System, place: u64) -> u64 {
    eventually("rows are taken", async || {
        let imports = imports(system).await?;
        let import = imports.first().ok_or_else(|| anyhow::anyhow!("no import yet"))?;
        anyhow::ensure!(import.next_row > place || import.state == "done", "{import:?}");
        Ok(import.next_row)
    })
    .await
}

/// The file's page once nothing goes on there any more.
async fn settled(console: &Console, page: &str) -> Page {
    within(END, "the file's page shows the end", async || {
        let page = console.get(page).await.ok()?.ok().ok()?;
        (!page.text.contains("<progress")).then_some(page)
    })
    .await
}

/// The counts a file's page shows: rows, new, linked, to ask, rejected, there before.
fn counts(page: &Page) -> Vec<u64> {
    let shown = page.between("<dd", "</dd>");
    let digits = shown.map(|cell| {
        let text = cell.split_once('>').map_or(cell, |(_, text)| text);
        let text = text.split_once('>').map_or(text, |(_, text)| text);
        text.split('<')
            .next()
            .unwrap_or_default()
            .replace(|c: char| !c.is_ascii_digit(), "")
    });
    digits.map(|text| text.parse().unwrap()).collect()
}

#[tokio::test]
async fn a_file_given_in_the_console_is_taken_once_whoever_dies_and_all_is_taken_back() {
    let system = System::start(Options::default()).await;
    let console = Console::sign_in(&system).await.unwrap();
    let branch = system.group().branch.branch_id.clone();
    let known = Person::woman();
    let text = table(&known);
    let content = text.as_bytes();
    let file = console
        .upload("клиенты.csv", "contacts", &branch, content)
        .await
        .unwrap();

    // How it is understood is shown; a column nobody knows is named by a person.
    let shown = console.get(&file).await.unwrap().ok().unwrap();
    assert!(
        shown.text.contains("UTF-8") && shown.text.contains("<kbd>;</kbd>"),
        "{}",
        shown.text
    );
    assert!(shown.text.contains(&known.last_name), "{}", shown.text);
    let mapping = [
        ("kind", "contacts"),
        ("branch_id", &branch),
        ("columns", "4"),
        ("field.0", "full_name"),
        ("field.1", "phone"),
        ("field.2", "make"),
        ("field.3", "comment"),
    ];
    let mapped = console
        .post(&format!("{file}/mapping"), &mapping)
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert!(mapped.text.contains("просил звонить вечером"), "{}", mapped.text);

    // A trial keeps nothing.
    let start = format!("{file}/start");
    console
        .post(&start, &[("dry_run", "true")])
        .await
        .unwrap()
        .ok()
        .unwrap();
    let tried = settled(&console, &file).await;
    let of_trial = counts(&tried);
    assert_eq!(
        (of_trial[0], of_trial[4], of_trial[5]),
        (ROWS as u64 + 2, 2, 0),
        "{of_trial:?}"
    );
    assert!(imports(&system).await.unwrap().is_empty());
    assert!(system.api().find(&known.e164()).await.unwrap().is_empty());

    console
        .post(&start, &[("dry_run", "false")])
        .await
        .unwrap()
        .ok()
        .unwrap();
    beyond(&system, 0).await;
    system.kill(Service::Gateway);
    system.restart(Service::Gateway).await;
    let done = settled(&console, &file).await;
    let shown = counts(&done);
    let listed = imports(&system).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    let import = &listed[0];
    let told = import.counts.unwrap();
    assert_eq!(
        (import.state.as_str(), import.next_row),
        ("done", ROWS as u64 + 2),
        "{import:?}"
    );
    assert_eq!((told.rejected, told.known), (2, 0), "{import:?}");
    assert_eq!(
        told.created + told.linked + told.to_review,
        ROWS as u64,
        "{import:?}"
    );
    assert_eq!(
        shown,
        [
            import.next_row,
            told.created,
            told.linked,
            told.to_review,
            told.rejected,
            told.known
        ],
        "{}",
        done.text
    );
    let rejected = console
        .get(&format!("{file}/rejected"))
        .await
        .unwrap()
        .ok()
        .unwrap()
        .text;
    let lines: Vec<&str> = rejected.lines().collect();
    assert_eq!(lines.len(), 3, "{rejected}");
    assert!(
        lines[0].ends_with("\"ФИО\";\"Телефон\";\"Марка\";\"Словечко\""),
        "{rejected}"
    );
    assert!(
        lines[1].contains(&format!("\"{}\";", ROWS + 2)) && lines[1].contains("\"никто\""),
        "{rejected}"
    );
    let api = system.api();
    let card = api.only(&known.e164()).await.unwrap();
    assert_eq!(e2e::api::text(&card, "display_name"), known.full_name());

    // The same columns are taken for the same again, and the same file adds nothing.
    let again = console
        .upload("ещё раз.csv", "contacts", &branch, content)
        .await
        .unwrap();
    let remembered = console.get(&again).await.unwrap().ok().unwrap();
    let comment = remembered.text.contains("<option value=\"comment\" selected>");
    assert!(comment, "{}", remembered.text);
    console
        .post(&format!("{again}/start"), &[("dry_run", "false")])
        .await
        .unwrap()
        .ok()
        .unwrap();
    settled(&console, &again).await;
    assert_eq!(imports(&system).await.unwrap(), listed);

    let list = console.get("/imports").await.unwrap().ok().unwrap();
    let undo = format!("/imports/{}/undo", import.import_id);
    assert!(list.text.contains(&undo), "{}", list.text);
    console.post(&undo, &[]).await.unwrap().ok().unwrap();
    within(END, "the import is taken back", async || {
        let listed = imports(&system).await.ok()?;
        listed.iter().any(|import| import.state == "undone").then_some(())
    })
    .await;
    assert!(api.find(&known.e164()).await.unwrap().is_empty());
}
