//! TLS as a client: which authorities we believe, the same for every protocol we speak.
//!
//! PostgreSQL, NATS, gRPC, OTLP, SMTP, SMPP and AMI each take their settings from one [`Trust`]. The server's
//! certificate and its name are always proven; there is no way to switch that off.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Certificate, ClientTlsConfig};

/// The public authorities, and those of the group's own file.
#[derive(Clone)]
pub struct Trust {
    client: Arc<ClientConfig>,
    own: Option<Arc<Own>>,
}

struct Own {
    path: PathBuf,
    pem: Vec<u8>,
}

impl Trust {
    /// Believes the public authorities and, with a file, the PEM certificates in it.
    ///
    /// # Errors
    /// The file cannot be read or holds no certificate.
    pub fn new(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let own = file
            .map(|path| add(&mut roots, path).with_context(|| format!("tls_ca {}", path.display())))
            .transpose()?
            .map(Arc::new);
        // Named outright: which provider a process installs as its default does not matter here.
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .context("TLS versions")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            client: Arc::new(client),
            own,
        })
    }

    /// For rustls.
    pub fn client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.client)
    }

    /// For gRPC and OTLP.
    pub fn grpc(&self) -> ClientTlsConfig {
        let config = ClientTlsConfig::new().with_webpki_roots();
        match &self.own {
            Some(own) => config.ca_certificate(Certificate::from_pem(&own.pem)),
            None => config,
        }
    }

    /// The group's own authorities: a PEM file.
    pub fn own_file(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.path.as_path())
    }

    /// What that file held when it was read.
    pub fn own_pem(&self) -> Option<&[u8]> {
        self.own.as_ref().map(|own| own.pem.as_slice())
    }

    /// Secures a connection to `host`, a name or an address that its certificate must bear.
    ///
    /// # Errors
    /// The certificate is not of an authority we believe, is out of date, or bears another name.
    pub async fn connect(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        TlsConnector::from(self.client_config())
            .connect(name, stream)
            .await
    }
}

/// Why a server was not believed, if that is what an error comes from.
pub fn distrust(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        // An I/O error does not name what it wraps as its source.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let error = wrapped.map_or(error, |wrapped| wrapped as &(dyn Error + 'static));
        if let Some(why) = error.downcast_ref::<rustls::Error>() {
            return Some(why.to_string());
        }
        next = error.source();
    }
    None
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").field("own", &self.own_file()).finish()
    }
}

fn add(roots: &mut RootCertStore, path: &Path) -> anyhow::Result<Own> {
    let pem = std::fs::read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .context("PEM certificates are expected")?;
    anyhow::ensure!(!certificates.is_empty(), "it holds no PEM certificate");
    for certificate in certificates {
        roots
            .add(certificate)
            .context("one of its certificates is no authority")?;
    }
    Ok(Own {
        path: path.to_owned(),
        pem,
    })
}
