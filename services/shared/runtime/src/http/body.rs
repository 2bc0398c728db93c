//! A request body that must come within its deadline, and whose rest is read off when nobody wanted it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

/// How much of an unwanted body is read and thrown away, so that its sender comes to read the answer.
const LARGEST_REST: u64 = 64 * 1024 * 1024;
/// How long that may take.
const REST_DEADLINE: Duration = Duration::from_secs(10);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The body took too long.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come within {0:?}")]
struct TooSlow(Duration);

/// See the module.
#[derive(Debug)]
pub(super) struct RequestBody {
    inner: Option<Incoming>,
    allowed: Duration,
    until: Instant,
    // Only made for a body that has to be waited for.
    timer: Option<Pin<Box<Sleep>>>,
    overdue: Overdue,
}

/// Whether the body missed its deadline; kept apart, since the body goes with the handler.
#[derive(Debug, Clone, Default)]
pub(super) struct Overdue(Arc<AtomicBool>);

impl Overdue {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl RequestBody {
    pub(super) fn new(inner: Incoming, allowed: Duration) -> (Self, Overdue) {
        let overdue = Overdue::default();
        let body = Self {
            inner: Some(inner),
            allowed,
            until: Instant::now() + allowed,
            timer: None,
            overdue: overdue.clone(),
        };
        (body, overdue)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let this = &mut *self;
        let Some(inner) = this.inner.as_mut() else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let until = this.until;
        let timer = this
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        ready!(timer.as_mut().poll(context));
        this.overdue.0.store(true, Ordering::Relaxed);
        // Dropped at once: whoever is this slow is not waited for any longer.
        this.inner = None;
        Poll::Ready(Some(Err(TooSlow(this.allowed).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for RequestBody {
    /// A connection closed in the middle of a body would reset, and the sender would never see why it was refused.
    fn drop(&mut self) {
        let Some(rest) = self.inner.take().filter(|inner| !inner.is_end_stream()) else {
            return;
        };
        if rest.size_hint().lower() > LARGEST_REST {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(REST_DEADLINE, read_off(rest)));
        }
    }
}

async fn read_off(mut rest: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = rest.frame().await {
        read += frame.data_ref().map_or(0, |data| data.len() as u64);
        if read > LARGEST_REST {
            return;
        }
    }
}
