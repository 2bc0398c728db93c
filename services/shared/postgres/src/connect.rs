//! From a URL to the options of a connection: whoever asks for TLS gets a server that has proven who it is.

use std::path::Path;

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The options of `url`; `own_ca` is a PEM file of authorities believed besides the public ones.
///
/// `sslmode=require` and `verify-ca` would let anybody in the middle pass for the server, so they mean `verify-full`
/// here. With an own authority TLS is the rule: only `sslmode=disable` goes without.
///
/// # Errors
/// The URL cannot be read. It is not repeated: it holds a password.
pub fn options(url: &str, own_ca: Option<&Path>) -> anyhow::Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse().context("the database URL cannot be read")?;
    let secured = match options.get_ssl_mode() {
        PgSslMode::Disable => false,
        PgSslMode::Allow | PgSslMode::Prefer => own_ca.is_some(),
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => true,
    };
    if !secured {
        return Ok(options);
    }
    let options = options.ssl_mode(PgSslMode::VerifyFull);
    Ok(match own_ca {
        // A URL may name authorities of its own.
        Some(file) if !url.contains("sslrootcert=") => options.ssl_root_cert(file),
        _ => options,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_never_half_of_it() {
        let mode = |query: &str, ca: Option<&str>| {
            let url = format!("postgres://a:b@h/d{query}");
            let mode = options(&url, ca.map(Path::new)).unwrap().get_ssl_mode();
            format!("{mode:?}")
        };
        assert_eq!(mode("?sslmode=disable", Some("ca.pem")), "Disable");
        assert_eq!(mode("?sslmode=prefer", None), "Prefer");
        assert_eq!(mode("?sslmode=prefer", Some("ca.pem")), "VerifyFull");
        for asked in ["require", "verify-ca", "verify-full"] {
            assert_eq!(mode(&format!("?sslmode={asked}"), None), "VerifyFull", "{asked}");
        }
        let error = options("postgres://a:secret@h:port/d", None).unwrap_err();
        assert!(!format!("{error:#}").contains("secret"), "{error:#}");
    }
}
