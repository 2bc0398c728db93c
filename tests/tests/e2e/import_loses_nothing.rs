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
    program(system, file, name).start(system.folder()).unwrap()
}

/// By portions of few rows.
fn program(system: &System, file: &Path, name: &str) -> Program {
    by_portions(system, file, name, 10)
}

fn by_portions(system: &System, file: &Path, name: &str, rows: usize) -> Program {
    Program::new(name, binaries::folder().unwrap().join("edina"))
        .arg("import")
        .arg(file.to_string_lossy())
        .arg("--kind=contacts")
        .arg(format!("--batch={rows}"))
        // The reasons' language is that of the terminal.
        .env("LC_ALL", "C")
        .arg(format!("--branch={}", system.group().branch.display_name))
        .arg(format!("--config-dir={}", system.folder().display()))
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

#[tokio::test]
async fn reasons_come_back_in_the_users_language_and_columns_are_remembered() {
    let system = System::start(Options::default()).await;
    let file = system.folder().join("visits.csv");
    let (one, two) = (Person::man(), Person::woman());
    let text = format!(
        "ФИО;Телефон;Дата создания\n{};{};01.02.2026\n{};{};01.02.2099\n",
        one.full_name(),
        one.local(),
        two.full_name(),
        two.local()
    );
    std::fs::write(&file, text).unwrap();
    let mut first = import(&system, &file, "import-1");
    assert_eq!(ended(&mut first).await, SOME_REJECTED, "{}", first.tail());
    let kept = system.folder().join("visits.rejected.csv");
    let told = std::fs::read_to_string(&kept).unwrap();
    assert!(told.starts_with("line,column,reason,"), "{told}");
    assert!(told.contains("3,Дата создания,lies in the future"), "{told}");

    // The registry's refusals were answered to a program that is gone: the same command fetches them.
    std::fs::remove_file(&kept).unwrap();
    let mut again = program(&system, &file, "import-2")
        .arg("--lang=ru")
        .start(system.folder())
        .unwrap();
    assert_eq!(ended(&mut again).await, 0, "{}", again.tail());
    let told = std::fs::read_to_string(&kept).unwrap();
    assert!(told.starts_with("строка,столбец,причина,"), "{told}");

    // Every command says why in the language of the terminal.
    let unknown = "0190a0b0-0000-7000-8000-000000000000";
    for (command, language, refusal) in [
        (
            vec!["imports", "undo", unknown],
            "ru_RU.UTF-8",
            "импорт не найден",
        ),
        (vec!["imports", "undo", unknown], "C", "import not found"),
        (
            vec!["imports", "undo", unknown, "--lang=ru"],
            "C",
            "импорт не найден",
        ),
        (
            vec!["identity", "train"],
            "ru_RU.UTF-8",
            "записей для обучения мало",
        ),
    ] {
        let mut program =
            Program::new(command[0], binaries::folder().unwrap().join("edina")).env("LC_ALL", language);
        for part in command {
            program = program.arg(part);
        }
        let program = program.arg(format!("--config-dir={}", system.folder().display()));
        let mut process = program.start(system.folder()).unwrap();
        assert_ne!(ended(&mut process).await, 0);
        assert!(process.output().contains(refusal), "{}", process.tail());
    }
    assert!(told.contains("3,Дата создания,дата в будущем"), "{told}");

    // What somebody said that columns are is known of the next file with the same ones.
    let mapping = system.folder().join("mapping.json");
    std::fs::write(
        &mapping,
        r#"{"kind": "contacts", "columns": [{"column": "Кто", "field": "full_name"}, {"column": "Куда звонить", "field": "phone"}]}"#,
    )
    .unwrap();
    for (name, person, given) in [("a.csv", Person::man(), true), ("b.csv", Person::woman(), false)] {
        let file = system.folder().join(name);
        let text = format!("Кто;Куда звонить\n{};{}\n", person.full_name(), person.local());
        std::fs::write(&file, text).unwrap();
        let mut program = program(&system, &file, name);
        if given {
            program = program.arg(format!("--mapping={}", mapping.display()));
        }
        let mut process = program.start(system.folder()).unwrap();
        assert_eq!(ended(&mut process).await, 0, "{}", process.tail());
        let card = system.api().only(&person.e164()).await.unwrap();
        assert_eq!(e2e::api::text(&card, "display_name"), person.full_name());
    }
}

const GIVEN: [&str; 12] = [
    "Пётр",
    "Иван",
    "Сергей",
    "Андрей",
    "Михаил",
    "Олег",
    "Игорь",
    "Виктор",
    "Роман",
    "Павел",
    "Денис",
    "Юрий",
];
const FATHERS: [&str; 12] = [
    "Алексеевич",
    "Иванович",
    "Сергеевич",
    "Андреевич",
    "Михайлович",
    "Олегович",
    "Игоревич",
    "Викторович",
    "Романович",
    "Павлович",
    "Денисович",
    "Юрьевич",
];

/// The count that a line of the program's output tells.
fn told(process: &Process, name: &str) -> u64 {
    let output = process.output();
    let line = output.lines().rfind(|line| line.starts_with(name));
    let count = line.and_then(|line| line.rsplit(' ').next());
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or_else(|| panic!("no {name}: {}", process.tail()))
}

#[tokio::test]
async fn a_dry_run_of_a_long_file_counts_what_its_import_does() {
    let system = System::start(Options::default()).await;
    let people: Vec<(String, String)> = (0..1_400)
        .map(|number| {
            let person = Person::man();
            // As in life, few bear the same names: where all do, a name says nothing.
            let given = GIVEN[number % GIVEN.len()];
            let father = FATHERS[number / GIVEN.len() % FATHERS.len()];
            (format!("{} {given} {father}", person.last_name), person.e164())
        })
        .collect();
    let mut text = String::from("ФИО;Телефон;Заметка\n");
    // Everybody but the last comes again a thousand rows and more after the first time.
    for (line, (name, phone)) in people.iter().chain(&people[..1_200]).enumerate() {
        writeln!(text, "{name};{phone};{line}").unwrap();
    }
    let file = system.folder().join("long.csv");
    std::fs::write(&file, text).unwrap();
    let run = async |name: &str, dry: bool| {
        let mut program = by_portions(&system, &file, name, 1_000);
        if dry {
            program = program.arg("--dry-run");
        }
        let mut process = program.start(system.folder()).unwrap();
        assert_eq!(ended(&mut process).await, 0, "{}", process.tail());
        ["rows", "new", "linked", "to ask", "rejected", "there before"].map(|name| told(&process, name))
    };
    let tried = run("dry", true).await;
    let done = run("import", false).await;
    println!("tried {tried:?}, done {done:?}: rows, new, linked, to ask, rejected, there before");
    assert_eq!((tried[0], tried[4], tried[5]), (2_600, 0, 0));
    assert_eq!((done[0], done[4], done[5]), (2_600, 0, 0));
    // A hundredth: what it says beside the figures.
    for (tried, done) in tried.iter().zip(done) {
        assert!(tried.abs_diff(done) <= 26, "{tried} and {done}");
    }
    assert!(done[2] >= 1_200 - 26, "those who come again are linked: {done:?}");
}
