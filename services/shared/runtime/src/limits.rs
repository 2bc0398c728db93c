//! Bounds of the listeners: what one process takes on at once, and how long it waits for anybody.
//!
//! Beyond them a request is refused before anything is done about it (503 with `Retry-After`, gRPC `UNAVAILABLE`);
//! `/healthz`, `/readyz`, `/metrics` and gRPC health are always answered.

use std::time::Duration;

use serde::Deserialize;

/// The `[limits]` table of a service's settings; every key has a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Open HTTP connections. One more is told 503 and closed.
    pub connections: usize,
    /// Requests worked on at once, on each listener (HTTP, gRPC).
    pub at_once: usize,
    /// Requests that wait for one of those places, on each listener.
    pub waiting: usize,
    /// How long they wait at most.
    #[serde(with = "humantime_serde")]
    pub longest_wait: Duration,
    /// How long a client may take over a request's head; also how long an idle connection is kept.
    #[serde(with = "humantime_serde")]
    pub head_deadline: Duration,
    /// How long a client may take over a request's body.
    #[serde(with = "humantime_serde")]
    pub body_deadline: Duration,
    /// How long before it stops a copy says that it leaves (`/readyz` 503, gRPC health, `connection: close`) and still
    /// takes what comes: longer than whatever spreads requests over the copies needs to see it, and than that keeps idle
    /// connections to them, lest a request leave on one that is being closed.
    #[serde(with = "humantime_serde")]
    pub notice: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            at_once: 256,
            waiting: 512,
            longest_wait: Duration::from_secs(2),
            head_deadline: Duration::from_secs(30),
            body_deadline: Duration::from_secs(60),
            notice: Duration::ZERO,
        }
    }
}
