//! A file of another system is imported while its program and then the registry are killed: every row is taken once,
//! bad ones are told, and the whole is taken back.

use std::{fmt::Write as _, path::Path, time::Duration};

use e2e::{
    Options, Service, System, binaries, eventually,
    patience::within,
    people::Person,
    process::{Process, Program},
};
use edina_proto::registry::v1::{
    ImportBatch, ListImportsRequest, client_registry_client::ClientRegistryClient,
};
use edina_runtime::grpc;

const ROWS: usize = 900;
const END: Duration = Duration::from_secs(120);
const SOME_REJECTED: i32 = 3;

/// Rows of different people, one of whom is there twice, a row without a client, and one of a broken quotation.
fn table(known: &Person) -> String {
    let mut text = String::from("ФИО;Телефон;Марка;Госномер;Заметка\n");
    let mut row = |name: &str, phone: &str| writeln!(text, "{name};{phone};Lada;;").unwrap();
    for nth in 0..ROWS {
        let person = Person::man();
        match nth {
            100 => row(&known.full_name(), &known.local()),
            700 => row(&known.full_name(), &known.e164()),
            _ => row(&person.full_name(), &person.e164()),
        }
    }
    text.push_str(";;Lada;;никто\n\"кавычка;без конца;;;\n");
    text
}

fn import(system: &System, file: &Path, name: &str) -> Process {
    Program::new(name, binaries::folder().unwrap().join("edina"))
        .arg("import")
        .arg(file.to_string_lossy())
        .arg("--kind=contacts")
        .arg("--batch=10")
        .arg(format!("--branch={}", system.group().branch.display_name))
        .arg(format!("--config-dir={}", system.folder().display()))
        .start(system.folder())
        .unwrap()
}

async fn the_import(system: &System) -> anyhow::Result<ImportBatch> {
    let url = format!("http://{}", system.reached(Service::Registry).grpc);
    let administrator = System::administrator(&system.group().id.parse()?);
    let request = system
        .caller_key()
        .request(&administrator, ListImportsRequest::default());
    let listed = ClientRegistryClient::new(grpc::channel(&url)?)
        .list_imports(request)
        .await?;
    let mut imports = listed.into_inner().imports;
    anyhow::ensure!(imports.len() == 1, "{} imports", imports.len());
    Ok(imports.remove(0))
}

/// Waits until rows beyond `place` are taken, or all of them.
async fn beyond(system: &System, place: u64) -> u64 {
    eventually("rows are taken", async || {
        let import = the_import(system).await?;
        anyhow::ensure!(import.next_row >= place || import.state == "done", "{import:?}");
        Ok(import.next_row)
    })
    .await
}

async fn ended(process: &mut Process) -> i32 {
    let status = within(END, "the import ends", async || process.ended()).await;
    status.code().unwrap_or(-1)
}

#[tokio::test]
async fn every_row_is_taken_once_whoever_dies_and_all_is_taken_back() {
    let system = System::start(Options::default()).await;
    let known = Person::woman();
    let file = system.folder().join("clients.csv");
    std::fs::write(&file, table(&known)).unwrap();

    let mut first = import(&system, &file, "import-1");
    let place = beyond(&system, 50).await;
    drop(first.kill());

    let mut second = import(&system, &file, "import-2");
    beyond(&system, place + 50).await;
    system.kill(Service::Registry);
    system.restart(Service::Registry).await;
    assert_eq!(ended(&mut second).await, SOME_REJECTED, "{}", second.tail());

    let done = the_import(&system).await.unwrap();
    let counts = done.counts.unwrap();
    assert_eq!(
        (done.state.as_str(), done.next_row),
        ("done", ROWS as u64 + 2),
        "{done:?}"
    );
    assert_eq!((counts.rejected, counts.known), (2, 0), "{done:?}");
    let kept = counts.created + counts.linked + counts.to_review;
    assert_eq!(kept, ROWS as u64, "{done:?}");
    let rejected = std::fs::read_to_string(system.folder().join("clients.rejected.csv")).unwrap();
    assert_eq!(rejected.lines().count(), 3, "{rejected}");
    assert!(
        rejected.contains("902,,\"nothing to know the client by"),
        "{rejected}"
    );
    let api = system.api();
    let card = api.only(&known.e164()).await.unwrap();
    assert_eq!(e2e::api::text(&card, "display_name"), known.full_name());

    // The same file again adds nothing.
    let mut again = import(&system, &file, "import-3");
    assert_eq!(ended(&mut again).await, 0, "{}", again.tail());
    assert!(again.output().contains("imported before"), "{}", again.tail());
    assert_eq!(the_import(&system).await.unwrap(), done);

    let mut undo = Program::new("undo", binaries::folder().unwrap().join("edina"))
        .arg("imports")
        .arg("undo")
        .arg(&done.import_id)
        .arg(format!("--config-dir={}", system.folder().display()))
        .start(system.folder())
        .unwrap();
    eventually("it has begun to be taken back", async || {
        let import = the_import(&system).await?;
        anyhow::ensure!(import.state != "done", "{import:?}");
        Ok(())
    })
    .await;
    system.kill(Service::Registry);
    system.restart(Service::Registry).await;
    assert_eq!(ended(&mut undo).await, 0, "{}", undo.tail());
    assert_eq!(the_import(&system).await.unwrap().state, "undone");
    let found = api.find(&known.e164()).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}
