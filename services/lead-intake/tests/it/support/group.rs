//! A test's own dealership group: what it asks of lead-intake and of the registry.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use edina_messaging::{connection, directory};
use edina_proto::{
    directory::v1 as people,
    intake::v1::{
        GetLeadRequest, Lead, ListLeadsRequest, PutSourceRequest, Source,
        lead_intake_client::LeadIntakeClient,
    },
    registry::v1::client_registry_client::ClientRegistryClient,
};
use edina_runtime::{
    caller::{Actor, Caller},
    group::GroupId,
};
use tonic::{Request, transport::Channel};
use uuid::Uuid;

use super::{
    Answer, until,
    world::{Intake, WORLD, World},
};

static GROUPS: AtomicU32 = AtomicU32::new(0);

pub const BRANCH: u128 = 100;

/// The id of a branch or an employee.
pub fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// A present seller of the branch.
pub fn seller(number: u128) -> people::Employee {
    people::Employee {
        employee_id: id(number),
        branch_id: id(BRANCH),
        department: "sales".into(),
        role: "seller".into(),
        active: true,
        ..Default::default()
    }
}

/// A dealership group nobody else uses, and a caller within it.
#[derive(Clone)]
pub struct Group {
    pub caller: Caller,
    pub intake: Arc<Intake>,
    web: reqwest::Client,
}

impl Group {
    pub fn of(intake: Arc<Intake>) -> Self {
        let number = GROUPS.fetch_add(1, Ordering::SeqCst);
        let group: GroupId = format!("test-{number}").parse().unwrap();
        let actor = Actor {
            employee_id: id(1),
            role: "administrator".into(),
            branches: vec![],
        };
        let caller = Caller {
            service: "gateway".into(),
            group,
            actor: Some(actor),
        };
        Self {
            caller,
            intake,
            web: reqwest::Client::new(),
        }
    }

    pub fn world(&self) -> &'static World {
        &WORLD
    }

    pub fn another(&self) -> Self {
        Self::of(Arc::clone(&self.intake))
    }

    pub fn client(&self) -> LeadIntakeClient<Channel> {
        LeadIntakeClient::new(self.intake.channel.clone())
    }

    pub fn registry(&self) -> ClientRegistryClient<Channel> {
        ClientRegistryClient::new(self.intake.registry.clone())
    }

    /// The message under this group's identity.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        self.intake.key.request(&self.caller, message)
    }

    /// Publishes the group's directory: one branch with these people.
    pub async fn people(&self, version: u64, employees: Vec<people::Employee>) {
        let branch = people::Branch {
            branch_id: id(BRANCH),
            display_name: "Салон на Ленина".into(),
            city: "Казань".into(),
            time_zone: "Europe/Moscow".into(),
            ..Default::default()
        };
        let group = people::Group {
            version,
            branches: vec![branch],
            employees,
            ..Default::default()
        };
        let jetstream = connection::jetstream(&self.intake.nats);
        directory::publish(&jetstream, &self.caller.group, &group, 1)
            .await
            .unwrap();
    }

    /// Makes a source; answers its key.
    pub async fn source(&self, name: &str, channel: &str) -> String {
        let source = Source {
            name: name.into(),
            channel: channel.into(),
            branch_id: id(BRANCH),
            answer_minutes: 15,
            ..Default::default()
        };
        let asked = PutSourceRequest {
            source: Some(source),
            new_key: false,
        };
        self.client()
            .put_source(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .key
    }

    pub fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.intake.http);
        self.web.post(url).header("content-type", content_type).body(body)
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.web.request(method, format!("{}{path}", self.intake.http))
    }

    /// Posts an ADF document.
    pub async fn adf(&self, key: &str, document: impl Into<reqwest::Body>) -> Answer {
        Answer::of(self.post(
            &format!("/intake/v1/adf?source={key}"),
            "application/xml",
            document,
        ))
        .await
    }

    /// Posts an ADF document that must be taken; answers its leads.
    pub async fn take(&self, key: &str, document: String) -> Vec<String> {
        let answer = self.adf(key, document).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.leads()
    }

    pub async fn lead(&self, lead_id: &str) -> Lead {
        let asked = GetLeadRequest {
            lead_id: lead_id.into(),
        };
        self.client()
            .get_lead(self.ask(asked))
            .await
            .unwrap()
            .into_inner()
    }

    pub async fn leads(&self) -> Vec<Lead> {
        self.client()
            .list_leads(self.ask(ListLeadsRequest::default()))
            .await
            .unwrap()
            .into_inner()
            .leads
    }

    /// The lead once a condition holds of it.
    pub async fn lead_when(&self, lead_id: &str, what: &str, condition: impl Fn(&Lead) -> bool) -> Lead {
        until(what, async || condition(&self.lead(lead_id).await)).await;
        self.lead(lead_id).await
    }
}
