//! The gRPC methods.

use edina_postgres::Tx;
use edina_proto::calls::v1::{
    Call, CompleteTaskRequest, DialReply, DialRequest, GetCallRequest, ListCallsReply, ListCallsRequest,
    ListConnectionsReply, ListConnectionsRequest, ListLiveCallsReply, ListLiveCallsRequest, ListTasksReply,
    ListTasksRequest, RecordResultRequest, Task, call_tracking_server::CallTracking,
};
use edina_runtime::{
    caller::{self, Caller},
    group::GroupId,
    grpc::Reply,
    page,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::wire;
use crate::{
    store::{
        calls::{self, CallFilter},
        pbx_readers,
        tasks::{self, TaskFilter},
    },
    tracking::{Connections, Tracking, TrackingError},
};

const MOST_LIVE: i64 = 200;

/// The service over its use cases.
#[derive(Debug, Clone)]
pub struct CallTrackingService {
    tracking: Tracking,
    connections: Connections,
}

impl CallTrackingService {
    /// Serves these use cases and exchanges.
    pub fn new(tracking: Tracking, connections: Connections) -> Self {
        Self {
            tracking,
            connections,
        }
    }

    async fn begin(&self, group: &GroupId) -> Result<Tx, Status> {
        let begun = self.tracking.database.begin(group).await;
        Ok(begun.map_err(TrackingError::Database)?)
    }
}

fn id(field: &'static str, text: &str) -> Result<Uuid, Status> {
    text.parse()
        .map_err(|_| Status::invalid_argument(format!("{field}: a UUID is expected")))
}

fn clients(mut many: Vec<String>, one: String) -> Vec<String> {
    if !one.is_empty() {
        many.push(one);
    }
    many
}

fn scope(caller: &Caller) -> Vec<String> {
    caller
        .actor
        .as_ref()
        .map(|actor| actor.branches.clone())
        .unwrap_or_default()
}

#[tonic::async_trait]
impl CallTracking for CallTrackingService {
    async fn list_calls(&self, request: Request<ListCallsRequest>) -> Reply<ListCallsReply> {
        let (caller, asked) = caller::asks(request)?;
        let asked_page = asked.page.unwrap_or_default();
        let page = page::read(asked_page.limit, &asked_page.cursor)?;
        let filter = CallFilter {
            client_ids: clients(asked.client_ids, asked.client_id),
            direction: asked.direction,
            outcome: asked.outcome,
            branch_id: asked.branch_id,
            employee_id: asked.employee_id,
            scope: scope(&caller),
        };
        let mut tx = self.begin(&caller.group).await?;
        let rows = calls::list(&mut tx, &caller.group, &filter, page.before, page.limit)
            .await
            .map_err(TrackingError::Database)?;
        let next_cursor = page.next(rows.len(), rows.last().map(|row| (row.started_at, row.id)));
        Ok(Response::new(ListCallsReply {
            calls: rows.into_iter().map(wire::call).collect(),
            page: Some(edina_proto::common::v1::PageReply { next_cursor }),
        }))
    }

    async fn get_call(&self, request: Request<GetCallRequest>) -> Reply<Call> {
        let caller = caller::of(&request)?;
        let call_id = id("call_id", &request.get_ref().call_id)?;
        let mut tx = self.begin(&caller.group).await?;
        let row = calls::get(&mut tx, &caller.group, call_id)
            .await
            .map_err(TrackingError::Database)?;
        row.map(|row| Response::new(wire::call(row)))
            .ok_or_else(|| Status::not_found("no such call"))
    }

    async fn list_live_calls(&self, request: Request<ListLiveCallsRequest>) -> Reply<ListLiveCallsReply> {
        let caller = caller::of(&request)?;
        let mut tx = self.begin(&caller.group).await?;
        let rows = calls::live(&mut tx, &caller.group, &scope(&caller), MOST_LIVE)
            .await
            .map_err(TrackingError::Database)?;
        Ok(Response::new(ListLiveCallsReply {
            calls: rows.into_iter().map(wire::call).collect(),
        }))
    }

    async fn list_tasks(&self, request: Request<ListTasksRequest>) -> Reply<ListTasksReply> {
        let (caller, asked) = caller::asks(request)?;
        let asked_page = asked.page.unwrap_or_default();
        let page = page::read(asked_page.limit, &asked_page.cursor)?;
        let filter = TaskFilter {
            owner_employee_id: asked.owner_employee_id,
            client_ids: clients(asked.client_ids, asked.client_id),
            branch_id: asked.branch_id,
            state: asked.state,
            scope: scope(&caller),
        };
        let mut tx = self.begin(&caller.group).await?;
        let rows = tasks::list(&mut tx, &caller.group, &filter, page.before, page.limit)
            .await
            .map_err(TrackingError::Database)?;
        let open = tasks::open_count(&mut tx, &caller.group, &filter)
            .await
            .map_err(TrackingError::Database)?;
        let next_cursor = page.next(rows.len(), rows.last().map(|row| (row.created_at, row.id)));
        let now = self.tracking.clock.now();
        Ok(Response::new(ListTasksReply {
            tasks: rows.into_iter().map(|row| wire::task(row, now)).collect(),
            page: Some(edina_proto::common::v1::PageReply { next_cursor }),
            open_count: u32::try_from(open).unwrap_or(u32::MAX),
        }))
    }

    async fn complete_task(&self, request: Request<CompleteTaskRequest>) -> Reply<Task> {
        let (caller, asked) = caller::asks(request)?;
        let task_id = id("task_id", &asked.task_id)?;
        let task = self
            .tracking
            .complete_task(
                &caller.group,
                task_id,
                caller.employee_id(),
                &scope(&caller),
                &asked.note,
            )
            .await?;
        Ok(Response::new(wire::task(task, self.tracking.clock.now())))
    }

    async fn record_result(&self, request: Request<RecordResultRequest>) -> Reply<Call> {
        let (caller, asked) = caller::asks(request)?;
        let call_id = id("call_id", &asked.call_id)?;
        let call = self
            .tracking
            .record_result(
                &caller.group,
                call_id,
                &asked.result,
                &asked.next_step,
                &asked.note,
                &asked.topic,
            )
            .await?;
        Ok(Response::new(wire::call(call)))
    }

    async fn list_connections(
        &self,
        request: Request<ListConnectionsRequest>,
    ) -> Reply<ListConnectionsReply> {
        let caller = caller::of(&request)?;
        let mut connections = Vec::new();
        for connection in self.connections.of(&caller.group) {
            if let Some(beat) = connection.beat() {
                connections.push(wire::connection(&connection, beat));
                continue;
            }
            let mut tx = self.begin(&caller.group).await?;
            let reader = pbx_readers::get(&mut tx, &caller.group, &connection.config.name)
                .await
                .map_err(TrackingError::Database)?;
            connections.push(wire::connection_elsewhere(&connection, reader));
        }
        Ok(Response::new(ListConnectionsReply { connections }))
    }

    async fn dial(&self, request: Request<DialRequest>) -> Reply<DialReply> {
        let (caller, asked) = caller::asks(request)?;
        let action_id = self
            .tracking
            .dial(&caller.group, &self.connections, &asked.extension, &asked.number)
            .await?;
        Ok(Response::new(DialReply { action_id }))
    }
}
