//! Edina installed as `deploy/README.md` says, on one machine.

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use e2e::{
    Service,
    api::Api,
    binaries, eventually,
    peers::{install, pbx::Pbx, smsc::Smsc},
    process::{Process, Program},
};
use edina_devstack::{DevStack, StackConfig, free_port};

use super::{
    broker::Broker,
    tools::{Edina, field, postgres, run},
};

const GROUP: &str = "main";

/// The installation. Services end first, servers last.
pub struct Installation {
    processes: HashMap<Service, Process>,
    listens: HashMap<Service, (SocketAddr, SocketAddr)>,
    /// What a person has set who works with it.
    pub environment: Vec<(String, String)>,
    pub pbx: Pbx,
    /// None without Node.js, which is printed: then messages go to the sandbox.
    pub smsc: Option<Smsc>,
    pub nats: Option<Broker>,
    pub stack: DevStack,
    pub folder: tempfile::TempDir,
}

/// What the first group was given.
pub struct First {
    pub api: Api,
    pub password: String,
    pub key: String,
    /// The seller's employee id.
    pub seller: String,
}

impl Installation {
    /// Servers, secrets, roles, schemas and the five services; nobody can sign in yet.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("edina-operate-")
            .tempdir()
            .unwrap();
        // PostgreSQL may have to run as another user, who must be able to pass through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        tokio::task::spawn_blocking(|| binaries::program("edina").map(drop))
            .await
            .unwrap()
            .unwrap();
        let stack = DevStack::start(StackConfig::new(folder.path().join("servers")))
            .await
            .unwrap();
        let smsc = if install::without_node() {
            eprintln!("NOT RUN: the SMSC of npm (Node.js is missing, or EDINA_TEST_PEERS=skip)");
            None
        } else {
            Some(Smsc::start(folder.path()).await.unwrap())
        };
        let (mut listens, mut environment) = (HashMap::new(), Vec::new());
        for service in Service::ALL {
            let next = || SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
            listens.insert(service, (next(), next()));
        }
        let nats_port = free_port().unwrap();
        let secrets = folder.path().join("secrets");
        make_secrets(&secrets, stack.postgres_port(), nats_port);
        for service in Service::ALL {
            environment.extend(settings(service, &listens, &secrets));
        }
        let mut this = Self {
            processes: HashMap::new(),
            listens,
            environment,
            pbx: Pbx::start().await.unwrap(),
            smsc,
            nats: None,
            stack,
            folder,
        };
        this.connect_outside();
        this.provision();
        this.migrate().await;
        this.start_nats("nats").await;
        this.start_services().await;
        this
    }

    /// Where the services' secrets are.
    pub fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets")
    }

    /// Exchange and message centre, in the files an operator edits.
    fn connect_outside(&self) {
        let sms = match &self.smsc {
            Some(smsc) => format!("smpp_url = {:?}\nsandbox = true\n", smsc.url()),
            None => "sandbox = true\n".to_owned(),
        };
        self.change(Service::Notification, |text| text + &sms);
        let pbx = format!(
            "[[pbx]]\nname = \"city\"\ngroup = {GROUP:?}\nurl = {:?}\n",
            self.pbx.url()
        );
        self.change(Service::Calls, |text| text + &pbx);
    }

    /// Edits a service's settings file; answers what stood there.
    pub fn change(&self, service: Service, edit: impl FnOnce(String) -> String) -> String {
        let path = self.secrets().join(format!("{}.toml", service.name()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let old = fs::read_to_string(&path).unwrap();
        fs::write(&path, edit(old.clone())).unwrap();
        old
    }

    /// Roles and databases.
    pub fn provision(&self) {
        let deploy = binaries::repository().join("deploy/postgres");
        let passwords = self.secrets().join("postgres-passwords.sql");
        let mut psql = Command::new(postgres(&self.stack, "psql"));
        psql.args(["--no-psqlrc", "--quiet"])
            .arg(format!("--set=passwords={}", passwords.display()))
            .arg(format!("--file={}", deploy.join("provision.sql").display()));
        run(psql.arg(self.stack.postgres_url("postgres")));
    }

    async fn migrate(&self) {
        let owner = fs::read_to_string(self.secrets().join("postgres-owner-url")).unwrap();
        let environment = vec![("EDINA_ADMIN_DATABASE_URL".to_owned(), owner)];
        Edina::new(&environment, &["migrate", "--existing"]).says().await;
    }

    /// NATS on the port the settings name, with data in a folder of that name.
    pub async fn start_nats(&mut self, name: &str) {
        let passwords = self.secrets().join("nats-passwords.conf");
        let url = fs::read_to_string(self.secrets().join("nats-tools-url")).unwrap();
        let port = url.rsplit_once(':').unwrap().1.trim().parse().unwrap();
        let folder = self.folder.path().join(name);
        self.nats = Some(Broker::start(&self.stack, &folder, &passwords, port).await);
    }

    /// Starts all five and waits until they are ready.
    pub async fn start_services(&mut self) {
        for service in Service::ALL {
            self.launch(service);
        }
        for service in Service::ALL {
            self.ready(service).await;
        }
    }

    /// Starts one; does not wait for it.
    pub fn launch(&mut self, service: Service) {
        let mut program = Program::new(service.name(), binaries::folder().unwrap().join(service.name()));
        for (name, value) in &self.environment {
            program = program.env(name, value);
        }
        self.processes
            .insert(service, program.start(self.folder.path()).unwrap());
    }

    /// Waits until a service is ready and nothing of it waits.
    pub async fn ready(&mut self, service: Service) {
        let url = format!("http://{}/readyz", self.listens[&service].1);
        let process = self.processes.get_mut(&service).unwrap();
        eventually(&format!("{} is ready", service.name()), async || {
            assert!(process.runs(), "{}", process.tail());
            let answer = reqwest::get(&url).await?;
            let text = answer.text().await?;
            anyhow::ensure!(
                text.contains("\"waiting\":{}") && text.contains("\"ready\":true"),
                "{text}"
            );
            anyhow::Ok(())
        })
        .await;
    }

    /// SIGKILL to one service.
    pub fn kill(&mut self, service: Service) {
        if let Some(mut process) = self.processes.remove(&service) {
            process.kill().unwrap();
        }
    }

    /// SIGKILL to all services, as when a machine is lost.
    pub fn kill_services(&mut self) {
        Service::ALL.into_iter().for_each(|service| self.kill(service));
    }

    /// gRPC and HTTP address of a service.
    pub fn listens(&self, service: Service) -> (SocketAddr, SocketAddr) {
        self.listens[&service]
    }

    /// `edina WORDS --config-dir …`, as the operator calls it.
    pub fn edina(&self, words: &[&str]) -> Edina<'_> {
        let secrets = self.secrets();
        let mut words = words.to_vec();
        let folder = secrets.to_string_lossy();
        words.extend(["--config-dir", &folder]);
        Edina::new(&self.environment, &words)
    }

    /// Group, administrator, branch, a seller and a source, by the commands `deploy/README.md` names.
    pub async fn first_group(&self) -> First {
        let made = self
            .edina(&["group", "create", "--name", "Меридиан"])
            .says()
            .await;
        let words = [
            "branch",
            "create",
            "--name",
            "Москва",
            "--queue",
            "sales",
            "--phone",
            "+74950000001",
        ];
        let branch = field(&self.edina(&words).says().await, "branch");
        let words = [
            "account",
            "create",
            "--login",
            "orlova",
            "--role",
            "seller",
            "--name",
            "Орлова Анна",
            "--branch",
            &branch,
            "--extension",
            "301",
            "--email",
            "orlova@example.test",
        ];
        let seller = field(&self.edina(&words).says().await, "employee");
        let words = [
            "source",
            "create",
            "--name",
            "site",
            "--title",
            "Сайт",
            "--channel",
            "adf",
        ];
        let key = field(&self.edina(&words).says().await, "key");
        let gateway = settings_value(&self.secrets().join("gateway.toml"), "database_url");
        let words = [
            "token",
            "create",
            "--role",
            "administrator",
            "--database-url",
            &gateway,
        ];
        let token = Edina::new(&[], &words).says().await;
        let console = format!("http://{}", self.listens(Service::Gateway).1);
        First {
            api: Api::new(&console, token.trim()),
            password: field(&made, "password"),
            key,
            seller,
        }
    }

    /// Ends of all logs, for a failure.
    pub fn show_logs(&self) {
        for process in self.processes.values() {
            eprintln!("{}", process.tail());
        }
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        }
    }
}

fn make_secrets(folder: &Path, postgres: u16, nats: u16) {
    let program = binaries::repository().join("deploy/compose/make-secrets");
    let mut make = Command::new("python3");
    make.arg(program).arg(folder);
    make.args(["--postgres", &format!("127.0.0.1:{postgres}")]);
    run(make.args(["--nats", &format!("127.0.0.1:{nats}")]));
}

/// The variables of `deploy/compose/compose.yaml`, with the addresses of this machine.
fn settings(
    service: Service,
    listens: &HashMap<Service, (SocketAddr, SocketAddr)>,
    secrets: &Path,
) -> Vec<(String, String)> {
    let grpc = |of: Service| format!("http://{}", listens[&of].0);
    let http = |of: Service| format!("http://{}", listens[&of].1);
    let (own_grpc, own_http) = listens[&service];
    let file = secrets.join(format!("{}.toml", service.name()));
    let mut settings = vec![
        ("CONFIG", file.to_string_lossy().into_owned()),
        ("GRPC_LISTEN", own_grpc.to_string()),
        ("HTTP_LISTEN", own_http.to_string()),
    ];
    let registry = ("REGISTRY_URL", grpc(Service::Registry));
    match service {
        Service::Registry => {}
        Service::Intake | Service::Calls => settings.push(registry),
        Service::Notification => settings.extend([
            registry,
            ("INTAKE_URL", grpc(Service::Intake)),
            ("CALLS_URL", grpc(Service::Calls)),
            ("CONSOLE_URL", http(Service::Gateway)),
        ]),
        Service::Gateway => settings.extend([
            registry,
            ("INTAKE_URL", grpc(Service::Intake)),
            ("CALLS_URL", grpc(Service::Calls)),
            ("NOTIFICATION_URL", grpc(Service::Notification)),
            ("INTAKE_HTTP_URL", http(Service::Intake)),
            ("CALLS_HTTP_URL", http(Service::Calls)),
            ("PUBLIC_URL", http(Service::Gateway)),
        ]),
    }
    settings
        .into_iter()
        .map(|(name, value)| (service.variable(name), value))
        .collect()
}

/// One setting of a file.
pub fn settings_value(path: &Path, name: &str) -> String {
    let table: toml::Table = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    table[name].as_str().unwrap().to_owned()
}
