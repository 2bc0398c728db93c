//! Who is calling: a signed identity on every call between services.
//!
//! The token is `base64url(claims JSON) . base64url(HMAC-SHA256)`, in the metadata `edina-caller`. It names the
//! calling service, the dealership group the call is about, and the person on whose behalf it is made.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tonic::{Request, Status, metadata::MetadataValue};

use crate::{clock::SharedClock, group::GroupId};

/// Metadata key of the signed identity.
pub const METADATA_KEY: &str = "edina-caller";
/// How long a signature is good for, seconds; also the tolerated difference between two machines' clocks.
const LIFETIME_SECONDS: i64 = 120;
/// Time a call may take unless it says otherwise.
pub const DEFAULT_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);

/// The identity under which a call is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The calling service, for instance `lead-intake`.
    pub service: String,
    /// The dealership group whose data the call touches.
    pub group: GroupId,
    /// The person on whose behalf; none for a service's own work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
}

/// The acting person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Employee id of the directory.
    pub employee_id: String,
    /// administrator, head_of_sales, seller, service_adviser, reception, operator, marketer
    pub role: String,
    /// Branches in the person's scope; empty means all of the group.
    #[serde(default)]
    pub branches: Vec<String>,
}

impl Caller {
    /// A service working on its own account.
    pub fn service(service: &str, group: GroupId) -> Self {
        Self {
            service: service.to_owned(),
            group,
            actor: None,
        }
    }

    /// The acting person's employee id, empty for a service.
    pub fn employee_id(&self) -> &str {
        self.actor.as_ref().map_or("", |actor| &actor.employee_id)
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    caller: Caller,
    /// Unix seconds.
    at: i64,
}

/// Signs and verifies identities.
#[derive(Clone)]
pub struct CallerKey {
    key: hmac::Key,
    clock: SharedClock,
}

impl std::fmt::Debug for CallerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallerKey")
    }
}

impl CallerKey {
    /// A key from the shared secret.
    pub fn new(secret: &SecretString, clock: SharedClock) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()),
            clock,
        }
    }

    /// A request that carries `caller`, the present trace and a deadline.
    pub fn request<T>(&self, caller: &Caller, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(DEFAULT_DEADLINE);
        if let Ok(token) = MetadataValue::try_from(self.sign(caller)) {
            request.metadata_mut().insert(METADATA_KEY, token);
        }
        if let Some(parent) = edina_telemetry::propagation::current()
            && let Ok(parent) = MetadataValue::try_from(parent)
        {
            request.metadata_mut().insert("traceparent", parent);
        }
        request
    }

    fn sign(&self, caller: &Caller) -> String {
        let claims = Claims {
            caller: caller.clone(),
            at: self.clock.now().timestamp(),
        };
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, body.as_bytes()));
        format!("{body}.{signature}")
    }

    /// The identity of a token, if its signature and age are right.
    pub fn verify(&self, token: &str) -> Result<Caller, Status> {
        let refused = || Status::unauthenticated("the caller's identity is missing, wrong or too old");
        let (body, signature) = token.split_once('.').ok_or_else(refused)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| refused())?;
        hmac::verify(&self.key, body.as_bytes(), &signature).map_err(|_| refused())?;
        let claims = URL_SAFE_NO_PAD.decode(body).map_err(|_| refused())?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| refused())?;
        let signed_at = DateTime::<Utc>::from_timestamp(claims.at, 0).ok_or_else(refused)?;
        if (self.clock.now() - signed_at).num_seconds().abs() > LIFETIME_SECONDS {
            return Err(refused());
        }
        Ok(claims.caller)
    }

    /// A server interceptor: verifies the identity and puts it into the request's extensions.
    pub fn interceptor(&self) -> impl FnMut(Request<()>) -> Result<Request<()>, Status> + Clone + use<> {
        let key = self.clone();
        move |mut request: Request<()>| {
            let token = request
                .metadata()
                .get(METADATA_KEY)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("");
            let caller = key.verify(token)?;
            request.extensions_mut().insert(caller);
            Ok(request)
        }
    }
}

/// The verified identity of a request that passed the interceptor.
pub fn of<T>(request: &Request<T>) -> Result<Caller, Status> {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(|| Status::unauthenticated("no caller identity"))
}

/// Who asks, as of [`of`], and what.
pub fn asks<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    Ok((of(&request)?, request.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn caller() -> Caller {
        Caller::service("lead-intake", "meridian".parse().unwrap())
    }

    #[test]
    fn a_signed_identity_is_read_back_and_a_changed_one_refused() {
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let key = CallerKey::new(&"secret".into(), clock.clone());
        let token = key.sign(&caller());
        assert_eq!(key.verify(&token).unwrap(), caller());

        let other = CallerKey::new(&"other".into(), clock.clone());
        assert!(other.verify(&token).is_err());
        let (body, signature) = token.split_once('.').unwrap();
        let forged = URL_SAFE_NO_PAD.encode(
            String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap())
                .unwrap()
                .replace("meridian", "other"),
        );
        assert!(key.verify(&format!("{forged}.{signature}")).is_err());

        clock.advance(chrono::Duration::seconds(LIFETIME_SECONDS + 1));
        assert!(key.verify(&token).is_err());
    }
}
