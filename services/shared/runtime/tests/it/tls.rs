//! Another service behind TLS: believed when its authority and its name are right, and only then.

use std::path::Path;

use edina_devstack::secured::Authority;
use edina_runtime::{grpc, tls::Trust};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// A gRPC server whose certificate is for `localhost`; its authority is written to `ca`. The port.
async fn server(ca: &Path) -> u16 {
    let certificate = Authority::certify("localhost", ca).unwrap();
    let identity = Identity::from_pem(certificate.pem, certificate.key_pem);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (_, health) = tonic_health::server::health_reporter();
    let mut server = Server::builder()
        .tls_config(ServerTlsConfig::new().identity(identity))
        .unwrap();
    tokio::spawn(async move {
        server
            .add_service(health)
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await
    });
    port
}

async fn asked(url: &str, trust: &Trust) -> Result<(), String> {
    let channel = grpc::channel_trusting(url, trust).map_err(|error| format!("{error:#}"))?;
    let checked = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    checked.map(drop).map_err(|status| format!("{status:?}"))
}

#[tokio::test]
async fn a_service_proves_who_it_is_or_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, stranger) = (folder.path().join("ca.pem"), folder.path().join("stranger.pem"));
    let port = server(&ca).await;
    server(&stranger).await;
    let own = Trust::new(Some(&ca)).unwrap();
    let by_name = format!("https://localhost:{port}");
    asked(&by_name, &own).await.unwrap();
    for (what, url, trust) in [
        (
            "another authority",
            &by_name,
            Trust::new(Some(&stranger)).unwrap(),
        ),
        ("public authorities only", &by_name, Trust::new(None).unwrap()),
        ("another name", &format!("https://127.0.0.1:{port}"), own.clone()),
        ("no TLS", &format!("http://localhost:{port}"), own),
    ] {
        assert!(asked(url, &trust).await.is_err(), "{what}");
    }
}

#[test]
fn a_file_without_authorities_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    for text in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(&file, text).unwrap();
        let error = Trust::new(Some(&file)).unwrap_err();
        assert!(format!("{error:#}").contains("ca.pem"), "{error:#}");
    }
    assert!(Trust::new(Some(&folder.path().join("missing.pem"))).is_err());
}
