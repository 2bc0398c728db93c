//! TLS for servers of tests: an authority of their own, certificates it signs, and a line that is secured in front of a
//! server that speaks in the clear.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, rustls};

/// Signs certificates. Nobody believes it who does not have [`Authority::pem`].
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a server proves itself with.
pub struct Certificate {
    /// The certificate, PEM.
    pub pem: String,
    /// Its key, PEM.
    pub key_pem: String,
    signed: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// No key can be made.
    pub fn new() -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(authority, KeyPair::generate()?).map(Self)
    }

    /// Its own certificate, for those who shall believe it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Writes a new authority's certificate to `ca`, for those who shall believe it, and signs a server's for `name`.
    ///
    /// # Errors
    /// No key can be made, or the file cannot be written.
    pub fn certify(name: &str, ca: &Path) -> io::Result<Certificate> {
        let authority = Self::new().map_err(io::Error::other)?;
        std::fs::write(ca, authority.pem())?;
        authority.sign(name).map_err(io::Error::other)
    }

    /// A certificate for a server of that name or address.
    ///
    /// # Errors
    /// The name is none, or no key can be made.
    pub fn sign(&self, name: &str) -> Result<Certificate, rcgen::Error> {
        let key = KeyPair::generate()?;
        let signed = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &self.0)?;
        Ok(Certificate {
            pem: signed.pem(),
            key_pem: key.serialize_pem(),
            signed,
            key,
        })
    }
}

/// When TLS begins on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// At once.
    FromTheFirstByte,
    /// After SMTP's `STARTTLS`.
    StartTls,
}

/// Takes TLS in front of a server that speaks in the clear, until it is dropped.
#[derive(Debug)]
pub struct SecuredLine {
    address: SocketAddr,
    secured: Arc<AtomicUsize>,
    broken_off: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl SecuredLine {
    /// Listens on a port of the loopback. `protocols` are those named in the handshake (ALPN), such as `h2`.
    ///
    /// # Errors
    /// The certificate cannot be used, or there is no port.
    pub async fn before(
        behind: SocketAddr,
        certificate: Certificate,
        begin: Begin,
        protocols: &[&str],
    ) -> io::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.signed.der().clone()], certificate.key.into())
            .map_err(io::Error::other)?;
        config.alpn_protocols = protocols
            .iter()
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (secured, broken_off) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let address = listener.local_addr()?;
        let counts = (Arc::clone(&secured), Arc::clone(&broken_off));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counts) = (acceptor.clone(), counts.clone());
                tokio::spawn(async move {
                    let Ok(secured) = handshake(stream, &acceptor, begin).await else {
                        counts.1.fetch_add(1, Ordering::Relaxed);
                        return;
                    };
                    counts.0.fetch_add(1, Ordering::Relaxed);
                    // Whoever is behind may be gone; the caller sees its line end.
                    drop(pass(secured, behind, begin).await);
                });
            }
        });
        Ok(Self {
            address,
            secured,
            broken_off,
            task,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Handshakes that came to their end.
    pub fn secured(&self) -> usize {
        self.secured.load(Ordering::Relaxed)
    }

    /// Handshakes that a client broke off, since it did not believe us for instance.
    pub fn broken_off(&self) -> usize {
        self.broken_off.load(Ordering::Relaxed)
    }
}

impl Drop for SecuredLine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Secured = tokio_rustls::server::TlsStream<BufReader<TcpStream>>;

async fn handshake(stream: TcpStream, acceptor: &TlsAcceptor, begin: Begin) -> io::Result<Secured> {
    let mut plain = BufReader::new(stream);
    if begin == Begin::StartTls {
        plain.get_mut().write_all(b"220 localhost\r\n").await?;
        for answer in ["250-localhost\r\n250 STARTTLS\r\n", "220 go ahead\r\n"] {
            plain.read_line(&mut String::new()).await?;
            plain.get_mut().write_all(answer.as_bytes()).await?;
        }
    }
    acceptor.accept(plain).await
}

async fn pass(mut secured: Secured, behind: SocketAddr, begin: Begin) -> io::Result<()> {
    let mut onward = BufReader::new(TcpStream::connect(behind).await?);
    if begin == Begin::StartTls {
        // The greeting was given before.
        onward.read_line(&mut String::new()).await?;
    }
    copy_bidirectional(&mut secured, &mut onward).await?;
    Ok(())
}
