//! `/intake/…` and `/telephony/…` are served by lead-intake and call-tracking themselves; the local run and small
//! installations reach them under the gateway's address.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use http_body_util::Limited;
use hyper_util::{client::legacy::Client, client::legacy::connect::HttpConnector, rt::TokioExecutor};

use super::problem::Problem;
use crate::{Config, Gateway, session::guard};

const LARGEST_BODY: usize = 3 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);
/// Headers that belong to one hop, and those that only the gateway may set.
const NOT_FORWARDED: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "cookie",
    "x-forwarded-for",
    "traceparent",
];

/// Where the two prefixes lead.
#[derive(Debug, Clone)]
pub struct Proxy {
    client: Client<HttpConnector, Limited<Body>>,
    intake: Option<Uri>,
    telephony: Option<Uri>,
}

impl Proxy {
    /// From the settings; an address that is not given is not served.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let uri = |url: &Option<String>| -> anyhow::Result<Option<Uri>> {
            let Some(url) = url else { return Ok(None) };
            let uri: Uri = url
                .parse()
                .context("the address of a proxied service is no URL")?;
            // With TLS between them, an ingress leads the two prefixes to their services itself.
            anyhow::ensure!(
                uri.scheme_str() == Some("http") && uri.authority().is_some(),
                "the address of a proxied service is http://host:port, not {url}"
            );
            Ok(Some(uri))
        };
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(Duration::from_secs(3)));
        Ok(Self {
            client: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(32)
                .build(connector),
            intake: uri(&config.intake_http_url)?,
            telephony: uri(&config.calls_http_url)?,
        })
    }
}

/// Passes a request on.
pub async fn pass(State(gateway): State<Gateway>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = guard::address(&gateway, peer, request.headers());
    forward(&gateway.proxy, request, &from)
        .await
        .unwrap_or_else(|problem| problem.into_response())
}

async fn forward(proxy: &Proxy, request: Request, from: &str) -> Result<Response, Problem> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let target = if path.starts_with("/intake/") {
        &proxy.intake
    } else {
        &proxy.telephony
    };
    let target = target.as_ref().ok_or_else(Problem::not_found)?;
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > LARGEST_BODY) {
        return Err(too_large());
    }
    let (parts, body) = request.into_parts();
    let uri = Uri::builder()
        .scheme(target.scheme_str().unwrap_or("http"))
        .authority(target.authority().map_or("", |authority| authority.as_str()))
        .path_and_query(path)
        .build()
        .map_err(|_| Problem::not_found())?;
    let mut onward = axum::http::Request::new(Limited::new(body, LARGEST_BODY));
    *onward.method_mut() = parts.method;
    *onward.uri_mut() = uri;
    *onward.headers_mut() = onward_headers(&parts.headers, from);
    let answer = tokio::time::timeout(PATIENCE, proxy.client.request(onward)).await;
    match answer {
        Ok(Ok(response)) => {
            let mut response = response.map(Body::new);
            for name in NOT_FORWARDED {
                response.headers_mut().remove(name);
            }
            // Sessions are the gateway's: nobody behind it sets or ends one.
            response.headers_mut().remove(header::SET_COOKIE);
            Ok(response)
        }
        Ok(Err(error)) if limit_reached(&error) => Err(too_large()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a proxied service is away");
            Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the service behind this address is away; send it again",
            ))
        }
        Err(_) => Err(Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "the service behind this address took too long",
        )),
    }
}

/// `from` alone is said onward: what a client says of its own way is not to be trusted.
fn onward_headers(headers: &HeaderMap, from: &str) -> HeaderMap {
    let mut onward = HeaderMap::with_capacity(headers.len() + 2);
    for (name, value) in headers {
        if !NOT_FORWARDED.contains(&name.as_str()) {
            onward.append(name.clone(), value.clone());
        }
    }
    if let (false, Ok(from)) = (from.is_empty(), HeaderValue::try_from(from)) {
        onward.insert(HeaderName::from_static("x-forwarded-for"), from);
    }
    let parent =
        edina_telemetry::propagation::current().and_then(|parent| HeaderValue::try_from(parent).ok());
    if let Some(parent) = parent.or_else(|| headers.get("traceparent").cloned()) {
        onward.insert(HeaderName::from_static("traceparent"), parent);
    }
    onward
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "at most 3 MiB are taken here")
}

fn limit_reached(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        next = error.source();
    }
    false
}
