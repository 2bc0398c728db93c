//! The rpcs of notification.

use edina_proto::notification::v1 as notification;

use super::{
    Foreign::{NotFound, Own},
    Rpc, rpc,
};
use crate::{table::Of, world::World};

pub(super) fn rpcs(world: &World) -> Vec<Rpc> {
    let client = world.id(Of::Client);
    vec![
        rpc(
            "/edina.notification.v1.Notification/ListMessages",
            Own,
            notification::ListMessagesRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.notification.v1.Notification/GetMessage",
            NotFound,
            notification::GetMessageRequest {
                message_id: world.id(Of::Message),
            },
        ),
        rpc(
            "/edina.notification.v1.Notification/ListTemplates",
            Own,
            notification::ListTemplatesRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/PutTemplate",
            Own,
            notification::PutTemplateRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/PreviewTemplate",
            Own,
            notification::PreviewTemplateRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/ListSuppressions",
            Own,
            notification::ListSuppressionsRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/PutSuppression",
            Own,
            notification::PutSuppressionRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/RemoveSuppression",
            Own,
            notification::RemoveSuppressionRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/ListConnections",
            Own,
            notification::ListConnectionsRequest::default(),
        ),
        rpc(
            "/edina.notification.v1.Notification/ListSandbox",
            Own,
            notification::ListSandboxRequest::default(),
        ),
    ]
}
