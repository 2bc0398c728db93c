//! Certificates people and services rely on: that of the public address, of the mail relay and of the message centre,
//! where they begin with TLS.

use std::{
    net::{TcpStream, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use edina_runtime::clock;
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use secrecy::ExposeSecret as _;

use super::{
    PATIENCE,
    finding::{Area, Finding, text},
    system::System,
};

const AREA: Area = Area::Certificates;
const SOON: TimeDelta = TimeDelta::days(14);
const STEP: Duration = Duration::from_secs(4);

pub(crate) async fn look(system: &System) -> Vec<Finding> {
    let mut addresses = Vec::new();
    if let Some(url) = system
        .gateway
        .as_ref()
        .and_then(|config| config.public_url.clone())
    {
        addresses.push(url);
    }
    if let Some(config) = &system.notification {
        for url in [&config.smtp_url, &config.smpp_url].into_iter().flatten() {
            addresses.push(url.expose_secret().to_owned());
        }
    }
    let mut findings = Vec::new();
    for address in addresses {
        let Some((host, port)) = secured(&address) else {
            continue;
        };
        let subject = host.clone();
        let asked = tokio::task::spawn_blocking(move || ends(&host, port));
        findings.push(match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(Ok(ends))) => judge(&subject, ends, clock::system().now()),
            Ok(Ok(Err(error))) => unseen(&subject, &error.to_string()),
            _ => unseen(&subject, "no answer in time"),
        });
    }
    if findings.is_empty() && system.gateway.as_ref().is_some_and(is_open) {
        findings.push(AREA.warning(
            "no_tls",
            "gateway",
            text(
                "public_url не https: пароли и данные клиентов идут по сети открыто",
                "public_url is not https: passwords and clients' data cross the network in the open",
            ),
            text(
                "поставьте перед gateway прокси с TLS и задайте GATEWAY_PUBLIC_URL=https://ваш.адрес",
                "put a proxy with TLS before the gateway, and set GATEWAY_PUBLIC_URL=https://your.address",
            ),
        ));
    }
    findings
}

/// Whether people come in the open from elsewhere. On this machine alone nobody listens in between.
fn is_open(gateway: &gateway::Config) -> bool {
    let url = gateway
        .public_url
        .as_deref()
        .and_then(|url| reqwest::Url::parse(url).ok());
    let host = url.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default();
    !gateway.secure_cookies() && !matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

/// Host and port of an address that begins with TLS.
fn secured(address: &str) -> Option<(String, u16)> {
    let url = reqwest::Url::parse(address).ok()?;
    let usual = match url.scheme() {
        "https" => 443,
        "smtps" => 465,
        "smpps" => 2775,
        _ => return None,
    };
    Some((url.host_str()?.to_owned(), url.port().unwrap_or(usual)))
}

fn unseen(subject: &str, why: &str) -> Finding {
    AREA.warning(
        "unseen",
        subject,
        text(format!("сертификат не показан: {why}"), format!("shows no certificate: {why}")),
        text(
            "проверьте адрес, порт и что TLS там включён; изнутри сети внешний адрес может быть недоступен",
            "check address and port and that TLS is on there; from inside a network its outer address may not be reachable",
        ),
    )
}

fn judge(subject: &str, ends: DateTime<Utc>, now: DateTime<Utc>) -> Finding {
    let (left, day) = (ends - now, ends.format("%Y-%m-%d"));
    let advice = text(
        "обновите сертификат (certbot renew или ваш центр сертификации) и перечитайте его прокси",
        "renew the certificate (certbot renew, or your authority) and let the proxy read it again",
    );
    if left < TimeDelta::zero() {
        return AREA.failure(
            "expiry",
            subject,
            text(
                format!("сертификат истёк {day}"),
                format!("its certificate ended on {day}"),
            ),
            advice,
        );
    }
    if left < SOON {
        let days = left.num_days();
        return AREA.warning(
            "expiry",
            subject,
            text(
                format!("сертификат истекает через {days} дн., {day}"),
                format!("its certificate ends in {days} days, on {day}"),
            ),
            advice,
        );
    }
    AREA.ok(
        "expiry",
        subject,
        text(format!("действует до {day}"), format!("good until {day}")),
    )
}

/// When the certificate shown there ends, whoever signed it.
fn ends(host: &str, port: u16) -> anyhow::Result<DateTime<Utc>> {
    let config = rustls::ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())?;
    let mut session = rustls::ClientConnection::new(Arc::new(config), name)?;
    let place = (host, port)
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| anyhow::anyhow!("no address"))?;
    let mut line = TcpStream::connect_timeout(&place, STEP)?;
    line.set_read_timeout(Some(STEP))?;
    line.set_write_timeout(Some(STEP))?;
    while session.is_handshaking() {
        session.complete_io(&mut line)?;
    }
    let shown = session.peer_certificates().and_then(<[_]>::first);
    let certificate = shown.ok_or_else(|| anyhow::anyhow!("no certificate"))?;
    not_after(certificate).ok_or_else(|| anyhow::anyhow!("a certificate that cannot be read"))
}

/// `notAfter` of a certificate: the second time of the fourth or fifth field of its signed part (RFC 5280, 4.1).
fn not_after(certificate: &[u8]) -> Option<DateTime<Utc>> {
    let (_, whole, _) = element(certificate)?;
    let (_, mut signed, _) = element(whole)?;
    // An explicit version comes first unless it is the oldest.
    if *signed.first()? == 0xa0 {
        signed = element(signed)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        signed = element(signed)?.2;
    }
    let (_, validity, _) = element(signed)?;
    let (kind, time, _) = element(element(validity)?.2)?;
    let text = std::str::from_utf8(time).ok()?;
    let text = match (kind, text) {
        // UTCTime: two digits of the year, 1950 to 2049.
        (0x17, text) if text.get(..2)?.parse::<u8>().ok()? < 50 => format!("20{text}"),
        (0x17, text) => format!("19{text}"),
        (0x18, text) => text.to_owned(),
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ")
        .ok()
        .map(|time| time.and_utc())
}

/// The first DER element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let octets = usize::from(first & 0x7f);
            let (length, rest) = rest.split_at_checked(octets)?;
            let length = length
                .iter()
                .fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// Takes any certificate: only its end is of interest, and nothing is said over this connection.
#[derive(Debug)]
struct Any;

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn the_end_of_a_certificate_is_read_and_judged() {
        // The fields up to validity of a certificate, the rest being of no interest.
        let time = |text: &str| [&[0x17, 13], text.as_bytes()].concat();
        let validity = [time("260101000000Z"), time("270102030405Z")].concat();
        let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let signed = [
            wrap(0xa0, &[2, 1, 2]),
            vec![2, 1, 9],
            wrap(0x30, &[]),
            wrap(0x30, &[]),
            wrap(0x30, &validity),
        ]
        .concat();
        let certificate = wrap(0x30, &wrap(0x30, &signed));
        let ends = not_after(&certificate).unwrap();
        assert_eq!(ends.to_rfc3339(), "2027-01-02T03:04:05+00:00");
        for cut in 0..certificate.len() {
            assert_eq!(not_after(&certificate[..cut]), None);
        }
        let state = |days| judge("crm", ends, ends - TimeDelta::days(days)).state;
        assert_eq!(
            (state(-1), state(3), state(60)),
            (State::Failure, State::Warning, State::Ok)
        );
    }
}
