//! A gateway on a fresh database, asked over its router. The other services are away: nothing listens at their address.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use edina_devstack::{DevStack, StackConfig};
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use edina_runtime::{clock::ManualClock, group::GroupId};
use gateway::{Config, Gateway};
use secrecy::SecretString;
use serde_json::json;
use tower::ServiceExt as _;

pub const PASSWORD: &str = "correct horse battery";

pub struct Door {
    pub router: Router,
    pub database: Database,
    pub clock: Arc<ManualClock>,
    pub group: GroupId,
    _stack: DevStack,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl Door {
    /// A gateway with one group, one administrator and one seller.
    pub async fn open() -> Self {
        Self::at("http://127.0.0.1:8080").await
    }

    /// The same where people come by this address.
    pub async fn at(public_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stack = DevStack::start(StackConfig::new(folder.path())).await.unwrap();
        let target = Target {
            name: gateway::DATABASE,
            migrator: &gateway::MIGRATOR,
        };
        let url = provision(&stack.postgres_url("postgres"), &target).await.unwrap();
        let database = Database::connect_lazy(&url, 4, "test").unwrap();
        let clock = ManualClock::at(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let group: GroupId = "meridian".parse().unwrap();
        gateway::provision::ensure_group(&database, &group, "Меридиан")
            .await
            .unwrap();
        let secret = || SecretString::from(PASSWORD);
        assert!(
            gateway::provision::ensure_admin(&database, &group, "admin", secret())
                .await
                .unwrap()
        );
        gateway::provision::put_account(&database, &group, "seller", secret(), "seller", "", &[])
            .await
            .unwrap();
        let nowhere = "http://127.0.0.1:9";
        let config: Config = serde_json::from_value(json!({
            "database_url": secrecy::ExposeSecret::expose_secret(&url), "nats_url": "nats://127.0.0.1:9", "caller_key": "key",
            "registry_url": nowhere, "intake_url": nowhere, "calls_url": nowhere, "notification_url": nowhere,
            "public_url": public_url,
        }))
        .unwrap();
        let router = gateway::http::router(&Gateway::new(config, clock.clone()).unwrap());
        Self {
            router,
            database,
            clock,
            group,
            _stack: stack,
            _folder: folder,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 8 * 1024 * 1024).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(
            Request::get(path)
                .header(header::COOKIE, cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.send(request).await
    }

    pub async fn try_sign_in(&self, login: &str, password: &str) -> Answer {
        let password = password.replace(' ', "+");
        self.post(
            "/sign-in",
            "",
            &format!("login={login}&password={password}&next=/people"),
        )
        .await
    }

    /// The cookie of a session.
    pub async fn sign_in(&self, login: &str) -> String {
        let answer = self.try_sign_in(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.cookie()
    }

    /// The CSRF token of a session's pages.
    pub async fn csrf(&self, cookie: &str) -> String {
        let page = self.get("/people", cookie).await.body;
        page.split("name=\"csrf\" content=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned()
    }
}
