//! Whether a changing request comes from a page of this console, as the browser itself says.

use axum::http::{HeaderMap, HeaderValue, Uri, header};

use crate::Config;

/// Whether nothing says that another site made this request.
///
/// Browsers that send `Sec-Fetch-Site` are taken at their word; others send `Origin` with every POST. A request with
/// neither is no browser's: the CSRF token decides alone.
pub fn is_own(config: &Config, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = authority(origin) else {
        return false;
    };
    let public = config
        .public_url
        .as_deref()
        .and_then(|url| url.parse::<Uri>().ok());
    let public = public
        .as_ref()
        .and_then(Uri::authority)
        .map(|own| own.as_str().to_owned());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    [public.as_deref(), host]
        .into_iter()
        .flatten()
        .any(|own| own.eq_ignore_ascii_case(&origin))
}

/// `host:port` of an origin; none for `null` and for what is no origin.
fn authority(origin: &HeaderValue) -> Option<String> {
    let uri: Uri = origin.to_str().ok()?.parse().ok()?;
    uri.scheme()?;
    Some(uri.authority()?.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_console_change_something() {
        let config: Config = serde_json::from_value(serde_json::json!({
            "database_url": "postgres://x", "nats_url": "nats://x", "caller_key": "k", "registry_url": "x",
            "intake_url": "x", "calls_url": "x", "notification_url": "x", "public_url": "https://crm.example",
        }))
        .unwrap();
        let own = |given: &[(&'static str, &'static str)]| {
            let headers: HeaderMap = given
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .collect();
            is_own(&config, &headers)
        };
        assert!(own(&[]));
        assert!(own(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://proxy.internal")
        ]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(own(&[("origin", "https://crm.example")]));
        assert!(own(&[
            ("origin", "http://localhost:8080"),
            ("host", "localhost:8080")
        ]));
        for foreign in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://crm.example"),
            ],
            &[("sec-fetch-site", "same-site"), ("host", "a")],
            &[("origin", "https://evil.example"), ("host", "crm.example")],
            &[("origin", "null"), ("host", "crm.example")],
            &[
                ("origin", "https://crm.example.evil.example"),
                ("host", "crm.example"),
            ],
            &[("origin", "http://localhost:9"), ("host", "localhost:8080")],
        ] {
            assert!(!own(foreign), "{foreign:?}");
        }
    }
}
