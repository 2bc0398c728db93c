//! A PBX with `tlsenable`: whoever's certificate it has, only a trusted one for its name is spoken with.

use std::{net::SocketAddr, path::Path, time::Duration};

use call_tracking::{
    ami::{
        client::{AmiClient, Signal, Status},
        event::Event,
        settings::{PbxAddress, Tuning},
    },
    replay::{Kind, ReplayServer},
};
use edina_devstack::secured::{Authority, Begin, SecuredLine};
use edina_runtime::{clock::system, stop::Stop, tls::Trust};
use secrecy::SecretString;

use crate::world::scenario;

const PATIENCE: Duration = Duration::from_secs(20);

/// A PBX behind TLS with a certificate for `name`, signed by an authority whose certificate is written to `ca`.
async fn pbx(name: &str, ca: &Path) -> (ReplayServer, SecuredLine) {
    let plain = in_the_clear().await;
    let certificate = Authority::certify(name, ca).unwrap();
    let line = SecuredLine::before(plain.address(), certificate, Begin::FromTheFirstByte, &[]);
    (plain, line.await.unwrap())
}

async fn in_the_clear() -> ReplayServer {
    let pbx = ReplayServer::bind(
        "127.0.0.1:0".parse().unwrap(),
        "edina",
        SecretString::from("s3cret"),
        system(),
    )
    .await
    .unwrap();
    let running = pbx.clone();
    tokio::spawn(async move { running.run(std::future::pending()).await });
    pbx
}

fn client(at: SocketAddr, trust: Option<&Path>) -> AmiClient {
    let mut address: PbxAddress = format!("amis://edina:s3cret@{at}?auth=md5").parse().unwrap();
    if trust.is_some() {
        address.tls = Some(Trust::new(trust).unwrap());
    }
    AmiClient::start(address, Tuning::default(), &Stop::new())
}

async fn status(client: &mut AmiClient) -> Status {
    let settled = client.status.wait_for(|status| *status != Status::Connecting);
    tokio::time::timeout(PATIENCE, settled)
        .await
        .unwrap()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn calls_are_heard_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let (pbx, line) = pbx("127.0.0.1", &ca).await;
    let mut client = client(line.address(), Some(&ca));
    assert!(matches!(status(&mut client).await, Status::Up { .. }));
    let listed = async { while !matches!(client.signals.recv().await, Some(Signal::Resync(_))) {} };
    tokio::time::timeout(PATIENCE, listed).await.unwrap();
    let playing = tokio::spawn(async move { pbx.play(&scenario(Kind::DirectBusy, "89160000001")).await });
    let heard = async {
        loop {
            if let Some(Signal::Event(event)) = client.signals.recv().await
                && matches!(*event, Event::Hangup { .. })
            {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, heard).await.unwrap();
    playing.await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, other) = (folder.path().join("ca.pem"), folder.path().join("other.pem"));
    let (_pbx, line) = pbx("127.0.0.1", &ca).await;
    let (_other_pbx, other_line) = pbx("pbx.example", &other).await;
    let (at, wrong_name) = (line.address(), other_line.address());
    for (at, trust) in [(at, None), (at, Some(&other)), (wrong_name, Some(&other))] {
        let mut client = client(at, trust.map(std::path::PathBuf::as_path));
        let Status::Down { reason } = status(&mut client).await else {
            panic!("spoken with");
        };
        assert!(reason.starts_with("no TLS: "), "{reason}");
    }
}

#[tokio::test]
async fn a_pbx_that_speaks_in_the_clear_is_refused() {
    let pbx = in_the_clear().await;
    let mut client = client(pbx.address(), None);
    assert!(matches!(status(&mut client).await, Status::Down { reason } if reason.starts_with("no TLS: ")));
}
