//! PostgreSQL is lost in mid-traffic and restored to an instant between the backup and the loss; NATS comes back empty.
//! Done step by step as `deploy/postgres/backup.md` says.
//!
//! Each of these is a failure:
//!
//! 1. a lead accepted before the restored instant that is not there exactly once, on exactly one card, with exactly one
//!    entry in that card's history, given to the seller of the restored directory;
//! 2. a fact in an outbox that stays unpublished, a fact that is not applied, a dead letter;
//! 3. a client who gets a message twice, because the restored database forgot that it was sent;
//! 4. a system that does not go on: a new lead must become a client who hears of it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{
    Service,
    api::Api,
    eventually,
    people::{self, Person},
    process::{Process, Program},
};
use edina_devstack::{DevStack, StackConfig};

use super::{
    installation::{First, Installation},
    tools::{Edina, field, postgres, run, value},
};

const SLOT: &str = "edina_archive";

/// What a sender was told: the lead, or nothing yet.
type Accepted = Arc<Mutex<Vec<(Person, String)>>>;

/// Sends a lead after another until told to stop.
struct Traffic {
    accepted: Accepted,
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Traffic {
    fn start(api: Api, key: String) -> Self {
        let (accepted, stop) = (Accepted::default(), Arc::new(AtomicBool::new(false)));
        let (told, ended) = (Arc::clone(&accepted), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let person = Person::woman();
                let document = people::adf(
                    &format!("flow-{}", person.digits),
                    &person,
                    &person.local(),
                    "Заявка",
                );
                let lead = api.adf_lead(&key, document).await.unwrap();
                told.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((person, lead));
                // Some ten leads a second: traffic, not load.
                tokio::time::sleep(Duration::from_millis(80)).await;
            }
        });
        Self { accepted, stop, task }
    }

    fn accepted(&self) -> Vec<(Person, String)> {
        self.accepted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn more(&self, leads: usize) {
        let wanted = self.accepted().len() + leads;
        eventually("leads flow", async || {
            assert!(!self.task.is_finished(), "the sender was refused");
            let now = self.accepted().len();
            anyhow::ensure!(now >= wanted, "{now} of {wanted}");
            anyhow::Ok(())
        })
        .await;
    }

    async fn end(self) -> Vec<(Person, String)> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.accepted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_before_the_restored_instant_is_there_once_and_nothing_is_sent_twice() {
    let mut installation = Installation::start().await;
    let first = installation.first_group().await;
    let archive = Archive::start(&installation).await;
    let traffic = Traffic::start(first.api.clone(), first.key.clone());
    traffic.more(8).await;
    let restored = base_backup(&installation).await;
    traffic.more(8).await;

    // The restored instant lies in an outage of NATS: the outboxes hold facts that nobody has heard.
    installation.nats.take().unwrap().stop();
    traffic.more(8).await;
    let promised = traffic.end().await;
    // A lead whose client is not known yet at the instant is looked up after the restore, and written to as if for the first
    // time: nobody can know better. So the instant has none.
    eventually("the leads so far know their clients", async || {
        let due = value(
            &installation.stack,
            "lead_intake",
            "select count(*) from jobs where due_at <= now()",
        );
        anyhow::ensure!(due == "0", "{due} jobs");
        anyhow::Ok(())
    })
    .await;
    let instant = value(&installation.stack, "postgres", "select pg_current_wal_lsn()");
    let unheard = value(
        &installation.stack,
        "lead_intake",
        "select count(*) from outbox where published_at is null",
    );
    assert_ne!(unheard, "0");
    installation.start_nats("nats").await;
    let traffic = Traffic::start(first.api.clone(), first.key.clone());
    traffic.more(4).await;
    if let Some(smsc) = &installation.smsc {
        eventually("those who wrote during the outage hear of it", async || {
            promised
                .iter()
                .all(|(person, _)| !smsc.to(&person.digits).is_empty())
                .then_some(())
        })
        .await;
    }
    let all = traffic.end().await;
    println!(
        "{} leads accepted, {} before the restored instant {instant}",
        promised.len() + all.len(),
        promised.len()
    );
    archive.holds(&installation, &instant).await;

    // The loss.
    installation.kill_services();
    installation.stack.kill_postgres().await.unwrap();
    archive.end();
    let sent = installation.smsc.as_ref().map_or(0, |smsc| smsc.submits().len());
    installation.nats.take().unwrap().stop();

    restore(&mut installation, restored, &instant).await;
    installation.provision();
    installation.start_nats("nats-anew").await;
    let report = installation.edina(&["restored"]).says().await;
    println!("{report}");
    assert_ne!(field(&report, "facts that will cause no message"), "0");
    installation.start_services().await;

    check(&installation, &first, &promised).await;
    if let Some(smsc) = &installation.smsc {
        assert_eq!(
            smsc.submits().len(),
            sent,
            "a message was sent again after the restore"
        );
    }
    goes_on(&installation, &first).await;
    installation.kill_services();
}

/// The restored system: complete for every lead that was promised, and at rest.
async fn check(installation: &Installation, first: &First, promised: &[(Person, String)]) {
    for (person, lead) in promised {
        let what = format!("the lead {lead} is there once, on one card, with one owner and one entry");
        eventually(&what, async || {
            let client = first.api.only(&person.e164()).await?;
            let client = client["client_id"].as_str().unwrap_or_default().to_owned();
            let leads = first.api.rows("leads", &client).await?;
            let ids: Vec<&str> = leads.iter().filter_map(|lead| lead["lead_id"].as_str()).collect();
            anyhow::ensure!(ids == [lead], "{ids:?}");
            let owner = leads.first().map(|lead| lead["owner_employee_id"].clone());
            anyhow::ensure!(owner == Some(first.seller.clone().into()), "owner {owner:?}");
            let entries = first.api.timeline(&client).await?;
            let received = entries
                .iter()
                .filter(|entry| entry["kind"] == "lead_received")
                .count();
            anyhow::ensure!(received == 1, "{received} entries");
            anyhow::Ok(())
        })
        .await;
    }
    for service in Service::ALL {
        let what = format!("every fact of {} is published", service.name());
        eventually(&what, async || {
            let left = value(
                &installation.stack,
                &service.database(),
                "select count(*) from outbox where published_at is null",
            );
            anyhow::ensure!(left == "0", "{left} left");
            anyhow::Ok(())
        })
        .await;
    }
    eventually("the doctor finds all well, dead letters included", async || {
        let output = installation.edina(&["doctor", "--lang", "en"]).output("").await;
        anyhow::ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        anyhow::Ok(())
    })
    .await;
}

/// A new client comes and hears of it.
async fn goes_on(installation: &Installation, first: &First) {
    let person = Person::man();
    let document = people::adf("after", &person, &person.local(), "После восстановления");
    first.api.adf_lead(&first.key, document).await.unwrap();
    eventually("a new lead becomes a client who hears of it", async || {
        let client = first.api.only(&person.e164()).await?;
        let messages = first
            .api
            .rows("messages", client["client_id"].as_str().unwrap_or_default())
            .await?;
        anyhow::ensure!(
            messages.iter().any(|message| message["state"] == "delivered"),
            "{messages:?}"
        );
        let heard = installation
            .smsc
            .as_ref()
            .is_none_or(|smsc| !smsc.to(&person.digits).is_empty());
        anyhow::ensure!(heard, "the message centre knows nothing of it");
        anyhow::Ok(())
    })
    .await;
}

/// The backup's own role and password, as environment and arguments of PostgreSQL's tools.
fn as_backup(installation: &Installation) -> (String, [String; 3]) {
    let passwords = fs::read_to_string(installation.secrets().join("postgres-passwords.sql")).unwrap();
    let line = passwords
        .lines()
        .find(|line| line.contains("edina_backup_password"))
        .unwrap();
    let password = line.split('\'').nth(1).unwrap().to_owned();
    let port = installation.stack.postgres_port();
    let arguments = [
        "--host=127.0.0.1".to_owned(),
        format!("--port={port}"),
        "--username=edina_backup".to_owned(),
    ];
    (password, arguments)
}

/// Takes the base backup and verifies it; the folder of the server-to-be.
async fn base_backup(installation: &Installation) -> PathBuf {
    let folder = installation.folder.path().join("servers-restored");
    fs::create_dir(&folder).unwrap();
    let data = folder.join("postgres");
    let (password, arguments) = as_backup(installation);
    let mut backup = Command::new(postgres(&installation.stack, "pg_basebackup"));
    backup
        .env("PGPASSWORD", password)
        .args(arguments)
        .arg("--pgdata")
        .arg(&data);
    backup.args([
        "--wal-method=stream",
        "--checkpoint=fast",
        "--manifest-checksums=SHA256",
    ]);
    let mut verify = Command::new(postgres(&installation.stack, "pg_verifybackup"));
    verify.arg(&data);
    let run = move || {
        run(&mut backup);
        run(&mut verify);
    };
    tokio::task::spawn_blocking(run).await.unwrap();
    folder
}

/// The log as it is written, kept elsewhere.
struct Archive {
    process: Process,
    folder: PathBuf,
}

impl Archive {
    async fn start(installation: &Installation) -> Self {
        let folder = installation.folder.path().join("wal");
        fs::create_dir(&folder).unwrap();
        let (password, arguments) = as_backup(installation);
        let receive = postgres(&installation.stack, "pg_receivewal");
        let mut slot = Command::new(&receive);
        slot.env("PGPASSWORD", &password).args(&arguments);
        run(slot.args(["--create-slot", "--slot", SLOT]));
        let mut program = Program::new("receive", receive).env("PGPASSWORD", password);
        for argument in &arguments {
            program = program.arg(argument);
        }
        program = program
            .arg(format!("--slot={SLOT}"))
            .arg("--directory")
            .arg(folder.to_string_lossy());
        let process = program.start(installation.folder.path()).unwrap();
        Self { process, folder }
    }

    /// Waits until the log up to `instant` is safe.
    async fn holds(&self, installation: &Installation, instant: &str) {
        let stack = &installation.stack;
        let file = value(stack, "postgres", &format!("select pg_walfile_name('{instant}')"));
        value(stack, "postgres", "select pg_switch_wal()");
        eventually("the log is archived", async || {
            anyhow::ensure!(self.folder.join(&file).is_file(), "{}", self.process.tail());
            anyhow::Ok(())
        })
        .await;
    }

    fn end(mut self) {
        self.process.stop().unwrap();
        // The restored server may run as another user.
        for entry in fs::read_dir(&self.folder).unwrap().flatten() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

/// Starts a fresh PostgreSQL on the backup and lets it replay the archived log up to `instant`.
async fn restore(installation: &mut Installation, folder: PathBuf, instant: &str) {
    let data = folder.join("postgres");
    let archive = installation.folder.path().join("wal");
    let recovery = format!(
        "restore_command = 'cp {}/%f %p'\nrecovery_target_lsn = '{instant}'\nrecovery_target_action = 'promote'\n",
        archive.display()
    );
    append(&data.join("postgresql.auto.conf"), &recovery);
    fs::write(data.join("recovery.signal"), "").unwrap();
    // The same superuser and port: an operator keeps the host name that the settings know.
    for kept in ["postgres.password", "postgres.port"] {
        fs::copy(installation.stack.data_dir().join(kept), folder.join(kept)).unwrap();
    }
    installation.stack = DevStack::start(StackConfig::new(&folder)).await.unwrap();
    eventually("the log is replayed", async || {
        let recovering = value(&installation.stack, "postgres", "select pg_is_in_recovery()");
        anyhow::ensure!(recovering == "f", "in recovery: {recovering}");
        anyhow::Ok(())
    })
    .await;
}

fn append(path: &Path, text: &str) {
    let old = fs::read_to_string(path).unwrap();
    fs::write(path, old + text).unwrap();
}

#[tokio::test]
async fn there_is_nothing_to_restore_where_there_is_no_system() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    let output = Edina::new(&[], &["restored", "--data-dir", &data.to_string_lossy()])
        .output("")
        .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--config-dir"));
}
