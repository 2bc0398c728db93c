//! What a group can be asked, what it heard, and what can be played to it.

use call_tracking::replay::Kind;
use edina_proto::{
    calls::v1::{
        Call, CallLive, Connection, ListCallsRequest, ListConnectionsRequest, ListTasksRequest, Task,
        call_tracking_client::CallTrackingClient,
    },
    common::v1::PageRequest,
    fact::Fact,
    registry::v1::{
        ResolveSourceRequest, SearchClientsRequest, SourceRecord,
        client_registry_client::ClientRegistryClient,
    },
};
use edina_runtime::caller::{Actor, Caller};
use tonic::{Request, transport::Channel};

use super::{CLIENT, LOOK, PATIENCE, office::Office, scenario, until};

impl Office {
    /// What a copy says of the PBX.
    pub async fn connection(&self, client: &CallTrackingClient<Channel>) -> Option<Connection> {
        let asked = self.ask(ListConnectionsRequest {});
        let reply = client.clone().list_connections(asked).await.ok()?;
        Some(reply.into_inner().connections.remove(0))
    }

    pub fn registry(&self) -> ClientRegistryClient<Channel> {
        ClientRegistryClient::new(edina_runtime::grpc::channel(&format!("http://{}", self.registry)).unwrap())
    }

    /// The message under this group's identity.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        let actor = Actor {
            employee_id: "e-201".into(),
            role: "operator".into(),
            branches: vec![],
        };
        let caller = Caller {
            service: "gateway".into(),
            group: self.group.clone(),
            actor: Some(actor),
        };
        self.key.request(&caller, message)
    }

    /// Plays a call with the client to its end, as fast as it goes.
    pub async fn play(&self, kind: Kind) -> String {
        self.play_from(kind, CLIENT).await
    }

    pub async fn play_from(&self, kind: Kind, number: &str) -> String {
        self.pbx.play(&scenario(kind, number)).await
    }

    /// All calls of the group, newest first.
    pub async fn calls(&self) -> Vec<Call> {
        let mut calls = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(PageRequest { limit: 0, cursor });
            let asked = ListCallsRequest {
                page,
                ..ListCallsRequest::default()
            };
            let reply = self
                .client()
                .list_calls(self.ask(asked))
                .await
                .unwrap()
                .into_inner();
            calls.extend(reply.calls);
            cursor = reply.page.unwrap_or_default().next_cursor;
            if cursor.is_empty() {
                return calls;
            }
        }
    }

    /// The call of that `Linkedid` once a condition holds of it.
    pub async fn call_when(&self, linked_id: &str, what: &str, condition: impl Fn(&Call) -> bool) -> Call {
        let found = async || {
            self.calls()
                .await
                .into_iter()
                .find(|call| call.linked_id == linked_id)
        };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let call = found().await;
            if let Some(call) = call.clone().filter(|call| condition(call)) {
                return call;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{linked_id} {what}: not within {PATIENCE:?}, but {call:?}"
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The call once it has ended and its client is known.
    pub async fn settled(&self, linked_id: &str) -> Call {
        self.call_when(linked_id, "ended and resolved", |call| {
            call.state == "ended" && !call.client_id.is_empty()
        })
        .await
    }

    pub async fn tasks(&self) -> Vec<Task> {
        let reply = self
            .client()
            .list_tasks(self.ask(ListTasksRequest::default()))
            .await;
        reply.unwrap().into_inner().tasks
    }

    /// Facts of a kind about an entity.
    pub fn facts<F: Fact>(&self, entity_id: &str) -> Vec<F> {
        let facts = self.facts.lock().unwrap();
        let of_entity = facts.iter().filter(|fact| fact.entity_id == entity_id);
        of_entity
            .filter_map(|fact| fact.decode::<F>())
            .map(Result::unwrap)
            .collect()
    }

    pub async fn until_fact<F: Fact>(&self, entity_id: &str) -> F {
        until(F::TYPE, async || !self.facts::<F>(entity_id).is_empty()).await;
        self.facts::<F>(entity_id).remove(0)
    }

    /// Live signals of a call.
    pub fn live(&self, call_id: &str) -> Vec<CallLive> {
        self.live
            .lock()
            .unwrap()
            .iter()
            .filter(|live| live.call_id == call_id)
            .cloned()
            .collect()
    }

    /// Makes a client with that number in the registry.
    pub async fn known(&self, name: &str, number: &str) -> String {
        let record = SourceRecord {
            source: "service_dms".into(),
            external_id: format!("{name}-{number}"),
            kind: "repair_order".into(),
            full_name: name.into(),
            phones: vec![number.into()],
            ..Default::default()
        };
        let asked = ResolveSourceRequest { record: Some(record) };
        self.registry()
            .resolve_source(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .client_id
    }

    /// Ids of the clients a search finds.
    pub async fn search(&self, query: &str) -> Vec<String> {
        let asked = SearchClientsRequest {
            query: query.into(),
            limit: 0,
            ..Default::default()
        };
        let hits = self
            .registry()
            .search_clients(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .clients;
        hits.into_iter()
            .filter_map(|hit| hit.client)
            .map(|client| client.client_id)
            .collect()
    }
}
