//! Stand-ins for client-registry, lead-intake and call-tracking: they answer the one question each is asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use edina_proto::calls::v1::{Call, GetCallRequest};
use edina_proto::intake::v1::{GetLeadRequest, Lead};
use edina_proto::registry::v1::{GetContactabilityReply, GetContactabilityRequest};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};

#[derive(Default)]
pub struct Known {
    pub clients: Mutex<HashMap<String, GetContactabilityReply>>,
    pub leads: Mutex<HashMap<String, Lead>>,
    pub calls: Mutex<HashMap<String, Call>>,
}

macro_rules! neighbour {
    ($type:ident, $name:literal, $method:literal, $ask:ty, $answer:ty, $shelf:ident, $id:ident) => {
        #[derive(Clone)]
        struct $type(Arc<Known>);

        impl NamedService for $type {
            const NAME: &'static str = $name;
        }

        impl UnaryService<$ask> for $type {
            type Response = $answer;
            type Future = BoxFuture<Response<$answer>, Status>;

            fn call(&mut self, request: Request<$ask>) -> Self::Future {
                let found = self
                    .0
                    .$shelf
                    .lock()
                    .unwrap()
                    .get(&request.get_ref().$id)
                    .cloned();
                Box::pin(async move {
                    found
                        .map(Response::new)
                        .ok_or_else(|| Status::not_found("no such"))
                })
            }
        }

        impl Service<http::Request<Body>> for $type {
            type Response = http::Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<Self::Response, Infallible>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<Body>) -> Self::Future {
                let this = self.clone();
                assert_eq!(request.uri().path(), concat!("/", $name, "/", $method));
                Box::pin(async move {
                    let codec = tonic_prost::ProstCodec::<$answer, $ask>::default();
                    Ok(Grpc::new(codec).unary(this, request).await)
                })
            }
        }
    };
}

neighbour!(
    Registry,
    "edina.registry.v1.ClientRegistry",
    "GetContactability",
    GetContactabilityRequest,
    GetContactabilityReply,
    clients,
    client_id
);
neighbour!(
    Intake,
    "edina.intake.v1.LeadIntake",
    "GetLead",
    GetLeadRequest,
    Lead,
    leads,
    lead_id
);
neighbour!(
    Calls,
    "edina.calls.v1.CallTracking",
    "GetCall",
    GetCallRequest,
    Call,
    calls,
    call_id
);

/// Serves all three on one port; answers its URL.
pub async fn serve(known: Arc<Known>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tonic::transport::Server::builder()
        .add_service(Registry(Arc::clone(&known)))
        .add_service(Intake(Arc::clone(&known)))
        .add_service(Calls(known));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    url
}
