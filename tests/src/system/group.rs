//! A dealership group: administrator, token, intake keys, one branch with its people.

use anyhow::Context as _;
use edina_postgres::Database;
use edina_proto::{
    directory::v1::{Branch, Employee},
    intake::v1::{PutSourceRequest, Source, lead_intake_client::LeadIntakeClient},
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock,
    group::GroupId,
    grpc,
};
use std::collections::HashMap;

use super::{Service, System};
use crate::api::Api;

/// What a journey needs to know of a group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Name and password of its administrator.
    pub admin: (String, String),
    /// Administrator's API token.
    pub token: String,
    /// Key per intake source: `adf`, `site`.
    pub keys: HashMap<String, String>,
    /// Its branch in Moscow.
    pub branch: Branch,
    /// A present seller with a telephone and an address.
    pub seller: Employee,
    /// A call-centre operator with a telephone.
    pub operator: Employee,
    /// Head of sales with an address.
    pub head: Employee,
}

impl Group {
    /// Key of an intake source.
    pub fn key(&self, source: &str) -> &str {
        self.keys.get(source).map_or("", String::as_str)
    }
}

impl System {
    /// Provisions a group as the first start of a local run does, with one branch and three people.
    pub async fn add_group(&self, id: &str, name: &str) -> anyhow::Result<Group> {
        let group: GroupId = id.parse()?;
        let url = self.database_url(Service::Gateway).to_owned().into();
        let database = Database::connect_lazy(&url, 2, "e2e")?;
        let admin = (format!("admin-{id}"), uuid::Uuid::now_v7().to_string());
        gateway::provision::ensure_group(&database, &group, name).await?;
        gateway::provision::ensure_admin(&database, &group, &admin.0, admin.1.clone().into()).await?;
        let token = gateway::provision::create_token(&database, &group, "administrator", "e2e").await?;
        let branch = Branch {
            branch_id: uuid::Uuid::now_v7().to_string(),
            display_name: "Меридиан Москва".to_owned(),
            city: "Москва".to_owned(),
            time_zone: "Europe/Moscow".to_owned(),
            phone: "+74950000001".to_owned(),
            brands: vec!["Volga".to_owned()],
            lines: vec!["+78432000001".to_owned(), "+78432000002".to_owned()],
            queues: vec!["sales".to_owned()],
            area_code: "495".to_owned(),
        };
        gateway::provision::put_branch(&database, &group, &branch).await?;
        let employee = |name: &str, department: &str, role: &str, extension: &str| Employee {
            employee_id: uuid::Uuid::now_v7().to_string(),
            display_name: name.to_owned(),
            branch_id: branch.branch_id.clone(),
            department: department.to_owned(),
            role: role.to_owned(),
            extension: extension.to_owned(),
            email: format!("{role}@{id}.example.test"),
            active: true,
            absences: Vec::new(),
            locale: "ru".to_owned(),
        };
        let seller = employee("Орлова Анна", "sales", "seller", "301");
        let operator = employee("Петров Иван", "call_centre", "operator", "302");
        let head = employee("Громов Илья", "sales", "head_of_sales", "303");
        for employee in [&seller, &operator, &head] {
            gateway::provision::put_employee(&database, &group, employee).await?;
            // Signs in with role and group as name, and the administrator's password.
            let login = format!("{}-{id}", employee.role);
            let password = admin.1.clone().into();
            let (role, person) = (&employee.role, &employee.employee_id);
            gateway::provision::put_account(&database, &group, &login, password, role, person, &[]).await?;
        }
        let keys = self.sources(&group).await?;
        Ok(Group {
            id: id.to_owned(),
            admin,
            token,
            keys,
            branch,
            seller,
            operator,
            head,
        })
    }

    /// The HTTP API as a group's administrator.
    pub fn api_of(&self, group: &Group) -> Api {
        Api::new(&self.console(), &group.token)
    }

    /// Key that signs calls between the services, for tests that speak gRPC.
    pub fn caller_key(&self) -> CallerKey {
        CallerKey::new(&self.caller_key.clone().into(), clock::system())
    }

    /// The same key on another clock, for signatures that are too old or not yet good.
    pub fn caller_key_at(&self, clock: clock::SharedClock) -> CallerKey {
        CallerKey::new(&self.caller_key.clone().into(), clock)
    }

    /// The identity of a group's administrator, for tests that speak gRPC.
    pub fn administrator(group: &GroupId) -> Caller {
        let actor = Actor {
            employee_id: String::new(),
            role: "administrator".to_owned(),
            branches: Vec::new(),
        };
        Caller {
            service: "edina".to_owned(),
            group: group.clone(),
            actor: Some(actor),
        }
    }

    /// gRPC client of lead-intake.
    pub fn intake(&self) -> anyhow::Result<LeadIntakeClient<tonic::transport::Channel>> {
        Ok(LeadIntakeClient::new(grpc::channel(&format!(
            "http://{}",
            self.reached(Service::Intake).grpc
        ))?))
    }

    async fn sources(&self, group: &GroupId) -> anyhow::Result<HashMap<String, String>> {
        let mut intake = self.intake()?;
        let administrator = Self::administrator(group);
        let mut keys = HashMap::new();
        for (name, channel) in [("site", "form"), ("adf", "adf")] {
            let source = Source {
                name: name.to_owned(),
                display_name: name.to_owned(),
                channel: channel.to_owned(),
                ..Source::default()
            };
            let request = PutSourceRequest {
                source: Some(source),
                new_key: true,
            };
            let reply = intake
                .put_source(self.caller_key().request(&administrator, request))
                .await;
            let reply = reply.with_context(|| format!("intake source {name}"))?;
            keys.insert(name.to_owned(), reply.into_inner().key);
        }
        Ok(keys)
    }
}
