//! NATS with the settings and accounts of `deploy/nats`, on a port of its own.

use std::{fs, net::TcpStream, path::Path};

use e2e::{
    binaries, eventually,
    process::{Process, Program},
};
use edina_devstack::{DevStack, Origin};

/// The running server.
pub struct Broker {
    pub port: u16,
    process: Process,
}

impl Broker {
    /// Starts it in `folder`, with the passwords made for it; what lies in `folder/data` is used again.
    pub async fn start(stack: &DevStack, folder: &Path, passwords: &Path, port: u16) -> Self {
        fs::create_dir_all(folder).unwrap();
        let deploy = binaries::repository().join("deploy/nats");
        let settings = fs::read_to_string(deploy.join("nats.conf")).unwrap();
        let data = format!("{:?}", folder.join("data"));
        let settings = settings
            .replace("0.0.0.0:4222", &format!("127.0.0.1:{port}"))
            .replace("http: \"0.0.0.0:8222\"", "")
            .replace("\"/data\"", &data);
        assert!(settings.contains(&data) && settings.contains(&port.to_string()));
        fs::write(folder.join("nats.conf"), settings).unwrap();
        fs::copy(deploy.join("accounts.conf"), folder.join("accounts.conf")).unwrap();
        fs::copy(passwords, folder.join("passwords.conf")).unwrap();
        let program = match stack.nats_origin() {
            Origin::Found(folder) | Origin::Setting(folder) => folder,
            Origin::Fetched { folder, .. } => folder,
        };
        let process = Program::new("nats", program.join("nats-server"))
            .arg("--config")
            .arg(folder.join("nats.conf").to_string_lossy())
            .start(folder)
            .unwrap();
        let mut broker = Self { port, process };
        eventually("NATS listens", async || {
            assert!(broker.process.runs(), "{}", broker.process.tail());
            TcpStream::connect(("127.0.0.1", port)).map(drop)
        })
        .await;
        broker
    }

    /// Ends it.
    pub fn stop(mut self) {
        self.process.stop().unwrap();
    }

    /// Everything it has said about somebody doing what he may not.
    pub fn refusals(&self) -> Vec<String> {
        let log = self.process.output();
        log.lines()
            .filter(|line| line.contains("Permissions Violation"))
            .map(str::to_owned)
            .collect()
    }
}
