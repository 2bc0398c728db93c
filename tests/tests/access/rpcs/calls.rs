//! The rpcs of call-tracking.

use edina_proto::calls::v1 as calls;

use super::{
    Foreign::{NotFound, Own},
    Rpc, rpc,
};
use crate::{table::Of, world::World};

pub(super) fn rpcs(world: &World) -> Vec<Rpc> {
    let client = world.id(Of::Client);
    let call = world.id(Of::Call);
    let task = world.id(Of::Task);
    vec![
        rpc(
            "/edina.calls.v1.CallTracking/ListCalls",
            Own,
            calls::ListCallsRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/GetCall",
            NotFound,
            calls::GetCallRequest {
                call_id: call.clone(),
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/ListLiveCalls",
            Own,
            calls::ListLiveCallsRequest {},
        ),
        rpc(
            "/edina.calls.v1.CallTracking/ListTasks",
            Own,
            calls::ListTasksRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/CompleteTask",
            NotFound,
            calls::CompleteTaskRequest {
                task_id: task,
                note: "x".into(),
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/RecordResult",
            NotFound,
            calls::RecordResultRequest {
                call_id: call,
                result: "appointment".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.calls.v1.CallTracking/ListConnections",
            Own,
            calls::ListConnectionsRequest {},
        ),
        rpc(
            "/edina.calls.v1.CallTracking/Dial",
            Own,
            calls::DialRequest {
                extension: "301".into(),
                number: "+79160000000".into(),
            },
        ),
    ]
}
