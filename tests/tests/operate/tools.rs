//! The tools of PostgreSQL that lie beside the running server, and `edina`.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use e2e::binaries;
use edina_devstack::{DevStack, Origin};

/// A program of the running PostgreSQL, `psql` for instance.
pub fn postgres(stack: &DevStack, name: &str) -> PathBuf {
    let folder = match stack.postgres_origin() {
        Origin::Found(folder) | Origin::Setting(folder) => folder,
        Origin::Fetched { folder, .. } => folder,
    };
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing: install postgresql-client",
        path.display()
    );
    path
}

/// Runs it; panics with what it said unless it succeeds. Answers its standard output.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{:?}: {}{}",
        command.get_program(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// One value from a database.
pub fn value(stack: &DevStack, database: &str, query: &str) -> String {
    let mut psql = Command::new(postgres(stack, "psql"));
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
    psql.args(["--set=ON_ERROR_STOP=1", "--command", query]);
    run(psql.arg(stack.postgres_url(database))).trim().to_owned()
}

/// `edina` as a person calls it.
pub struct Edina<'a> {
    arguments: Vec<String>,
    environment: &'a [(String, String)],
}

impl<'a> Edina<'a> {
    /// `words` are its arguments.
    pub fn new(environment: &'a [(String, String)], words: &[&str]) -> Self {
        Self {
            arguments: words.iter().map(|&word| word.to_owned()).collect(),
            environment,
        }
    }

    /// What it says, and its exit status. `input` is its standard input.
    pub async fn output(self, input: &str) -> Output {
        let (arguments, environment) = (self.arguments, self.environment.to_vec());
        let input = input.to_owned();
        let run = move || {
            let mut child = Command::new(binaries::program("edina").unwrap())
                .args(arguments)
                .envs(environment)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // A command that reads nothing closes it early.
            drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
            child.wait_with_output().unwrap()
        };
        tokio::task::spawn_blocking(run).await.unwrap()
    }

    /// What it says; panics unless it succeeds.
    pub async fn says(self) -> String {
        let words = self.arguments.join(" ");
        let output = self.output("").await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "edina {words}: {text}{errors}");
        text
    }
}

/// What follows `name: ` on a line of its own.
pub fn field(text: &str, name: &str) -> String {
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
    found.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}
