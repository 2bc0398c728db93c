//! The base backup, the archived log, and a server restored from the two.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use e2e::{
    eventually,
    process::{Process, Program},
};
use edina_devstack::{DevStack, StackConfig};

use super::super::{
    installation::Installation,
    tools::{postgres, run, value},
};

const SLOT: &str = "edina_archive";

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
pub(super) async fn base_backup(installation: &Installation) -> PathBuf {
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
pub(super) struct Archive {
    process: Process,
    folder: PathBuf,
}

impl Archive {
    pub(super) async fn start(installation: &Installation) -> Self {
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
    pub(super) async fn holds(&self, installation: &Installation, instant: &str) {
        let stack = &installation.stack;
        let file = value(stack, "postgres", &format!("select pg_walfile_name('{instant}')"));
        value(stack, "postgres", "select pg_switch_wal()");
        eventually("the log is archived", async || {
            anyhow::ensure!(self.folder.join(&file).is_file(), "{}", self.process.tail());
            anyhow::Ok(())
        })
        .await;
    }

    pub(super) fn end(mut self) {
        self.process.stop().unwrap();
        // The restored server may run as another user.
        for entry in fs::read_dir(&self.folder).unwrap().flatten() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

/// Starts a fresh PostgreSQL on the backup and lets it replay the archived log up to `instant`.
pub(super) async fn restore(installation: &mut Installation, folder: PathBuf, instant: &str) {
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
