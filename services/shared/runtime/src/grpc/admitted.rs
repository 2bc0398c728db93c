//! [`Admission`] in front of a gRPC server: a call without a place is `UNAVAILABLE` before it reaches its service.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use tonic::Status;
use tower::{Layer, Service};

use crate::admission::Admission;

/// Health has its own way in: a busy server is not an ill one.
const HEALTH: &str = "/grpc.health.";

/// Puts [`Admitted`] around a service.
#[derive(Debug, Clone)]
pub(super) struct AdmissionLayer(pub(super) Admission);

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admitted<S>;

    fn layer(&self, inner: S) -> Admitted<S> {
        Admitted {
            inner,
            admission: self.0.clone(),
        }
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Admitted<S> {
    inner: S,
    admission: Admission,
}

impl<S, Asked, Answered> Service<http::Request<Asked>> for Admitted<S>
where
    S: Service<http::Request<Asked>, Response = http::Response<Answered>> + Clone + Send + 'static,
    S::Future: Send,
    Asked: Send + 'static,
    Answered: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Asked>) -> Self::Future {
        let waiting = self.inner.clone();
        // The one that was polled ready is the one to be called.
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        if request.uri().path().starts_with(HEALTH) {
            return Box::pin(inner.call(request));
        }
        let admission = self.admission.clone();
        Box::pin(async move {
            let Some(place) = admission.enter().await else {
                return Ok(
                    Status::unavailable("too many calls at once; nothing was done, try again").into_http(),
                );
            };
            let answer = inner.call(request).await;
            drop(place);
            answer
        })
    }
}
