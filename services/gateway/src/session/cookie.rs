//! The session cookie: no script reads it, no other site's form sends it, and by https no other host can set it.

use axum::http::{HeaderMap, HeaderValue, header};

use super::identity::LIFETIME;
use crate::Config;

const PLAIN: &str = "edina_session";
/// Browsers take this name only by https, for this very host and the whole of it.
const SECURE: &str = "__Host-edina_session";

fn name(config: &Config) -> &'static str {
    if config.secure_cookies() { SECURE } else { PLAIN }
}

/// The session token a request came with.
pub fn session<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    find(headers, name(config))
}

/// `Set-Cookie` of a session.
pub fn opened(config: &Config, token: &str) -> Option<HeaderValue> {
    set(config, token, LIFETIME.num_seconds())
}

/// `Set-Cookie` that ends it in the browser.
pub fn gone(config: &Config) -> Option<HeaderValue> {
    set(config, "", 0)
}

fn set(config: &Config, token: &str, seconds: i64) -> Option<HeaderValue> {
    // Lax: links in mails to employees lead to pages of the console.
    let cookie = format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{}",
        name(config),
        secure(config)
    );
    HeaderValue::try_from(cookie).ok()
}

/// The attribute that keeps a cookie to https.
pub fn secure(config: &Config) -> &'static str {
    if config.secure_cookies() { "; Secure" } else { "" }
}

/// The value of a cookie.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|all| all.split(';'))
        .find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
}
