//! One record resolved against all the cards, through gRPC, as the services ask when somebody calls, writes or visits:
//! each is stored, durable, before the answer.

use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{ResolveSourceRequest, SourceRecord, client_registry_client::ClientRegistryClient},
};
use edina_runtime::{
    caller::{Actor, Caller, CallerKey},
    clock, grpc,
};
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    bench::{
        Plan, cards,
        figures::{Aim, Findings, Ratio, Stage},
        floor,
        ground::Ground,
        load, statements,
    },
    demo::{
        group::BRANCHES,
        people::{People, Person, spelling},
    },
};

/// What a record says of somebody.
#[derive(Debug, Clone, Copy)]
enum Says {
    /// A client on the phone: a number.
    Number,
    /// A client on the site: the name as he writes it, the number as he writes it.
    Lead,
    /// A client in the workshop: the name in full, the number, the car.
    Visit,
    /// Somebody whom no card knows.
    Stranger,
}

const ALL: [Says; 4] = [Says::Number, Says::Lead, Says::Visit, Says::Stranger];
/// People with different numbers.
const PEOPLE: usize = 10_000_000;
/// More strangers do not come in a second.
const MOST_A_SECOND: usize = 10_000;
/// Where a stage under measure begins to count, and what it may come to.
const FIRST: usize = 1_000_003;
const MOST_NUMBER: usize = FIRST + 100 * MOST_A_SECOND;
/// Milliseconds wanted of half the records, and of 99 of 100.
const P50: f64 = 1.0;
const P99: f64 = 5.0;

impl Says {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "a known number",
            Self::Lead => "a known client's name and number",
            Self::Visit => "a known client with the car",
            Self::Stranger => "somebody new",
        }
    }
}

#[derive(Clone)]
struct Desk {
    registry: ClientRegistryClient<Channel>,
    key: CallerKey,
    caller: Caller,
    people: People,
    size: u64,
    /// Where people begin whom nobody has met, neither in this run nor in one before.
    strangers: usize,
}

pub(super) async fn measure(
    plan: &Plan,
    ground: &Ground,
    people: People,
    size: u64,
) -> anyhow::Result<Findings> {
    let desk = Desk {
        registry: ClientRegistryClient::new(grpc::channel(&ground.grpc("client-registry"))?),
        key: CallerKey::new(&ground.caller_key.clone().into(), clock::system()),
        caller: Caller {
            service: "edina".to_owned(),
            group: ground.group.clone(),
            actor: Some(Actor {
                employee_id: String::new(),
                role: "administrator".to_owned(),
                branches: Vec::new(),
            }),
        },
        people,
        size,
        strangers: 0,
    };
    let mut findings = Findings::new(format!("resolve: {size} cards"));
    findings.conditions = vec![
        "ResolveSource at the registry; every record is stored, durable, with its facts, before the answer"
            .to_owned(),
    ];
    for says in ALL {
        for concurrency in [1, plan.concurrency] {
            findings
                .stages
                .push(stage(plan, ground, &desk, says, concurrency, &mut findings.statements).await?);
        }
    }
    findings.floors = vec![
        floor::inserts(ground, 1, plan.during).await?,
        floor::inserts(ground, plan.concurrency, plan.during).await?,
    ];
    for (says, stages) in ALL.iter().zip(findings.stages.chunks(2)) {
        for (ours, floor) in stages.iter().zip(&findings.floors) {
            findings.ratios.push(Ratio::new(
                format!("CPU ms: {} / {}", ours.name, floor.name),
                ours.cpu_ms_total,
                floor.cpu_ms_total,
            ));
        }
        let Some(latency) = stages.first().and_then(|alone| alone.latency) else {
            continue;
        };
        let what = format!("{size} cards: {}", says.name());
        findings
            .aims
            .push(Aim::at_most(format!("{what}, p50"), latency.p50_ms, P50, "ms"));
        findings
            .aims
            .push(Aim::at_most(format!("{what}, p99"), latency.p99_ms, P99, "ms"));
    }
    ground.note_memory(&mut findings)?;
    Ok(findings)
}

async fn stage(
    plan: &Plan,
    ground: &Ground,
    desk: &Desk,
    says: Says,
    concurrency: u16,
    counted: &mut Vec<statements::Statement>,
) -> anyhow::Result<Stage> {
    let desk = Desk {
        strangers: strangers(desk.size, clock::system().now().timestamp())?,
        ..desk.clone()
    };
    let load = |first: usize, during| {
        let desk = desk.clone();
        load::run(concurrency, during, first, move |number| {
            let desk = desk.clone();
            async move { desk.resolve(number, says).await }
        })
    };
    load(0, plan.during / 5).await?;
    if plan.statements && concurrency == 1 {
        statements::reset(&ground.stack).await?;
    }
    let before = ground.cpu()?;
    let done = load(FIRST, plan.during).await?;
    let spent = ground.cpu()?.since(&before);
    if plan.statements && concurrency == 1 {
        counted.extend(statements::read(&ground.stack, done.samples.len()).await?);
    }
    let name = format!("{}, {concurrency} in flight", says.name());
    Ok(Stage::new(name, done.samples.len(), done.took, &spent)
        .failed(done.failed)
        .timed(done.samples))
}

/// Where the strangers of this second begin: numbers of phones repeat after ten million people, and those of the cards are
/// left out.
fn strangers(size: u64, second: i64) -> anyhow::Result<usize> {
    let (size, second) = (usize::try_from(size)?, usize::try_from(second)?);
    let places = PEOPLE.saturating_sub(size + MOST_NUMBER) / MOST_A_SECOND;
    Ok(PEOPLE + size + second % places.max(1) * MOST_A_SECOND)
}

impl Desk {
    async fn resolve(&self, number: usize, says: Says) -> anyhow::Result<()> {
        let record = self.record(number, says)?;
        let request = self
            .key
            .request(&self.caller, ResolveSourceRequest { record: Some(record) });
        let reply = self.registry.clone().resolve_source(request).await;
        let reply = reply.map_err(|status| anyhow::anyhow!("{}", status.message()))?;
        anyhow::ensure!(!reply.get_ref().client_id.is_empty(), "no client is answered");
        Ok(())
    }

    fn record(&self, number: usize, says: Says) -> anyhow::Result<SourceRecord> {
        let mut dice = self.people.dice(number, 15);
        let size = usize::try_from(self.size)?;
        let known = dice.below(size);
        // Cards are made of the first people only.
        let person: Person = match says {
            Says::Stranger => cards::person(self.people, self.strangers + number),
            _ => cards::person(self.people, known),
        };
        let branch = BRANCHES.get(person.branch).map(|branch| branch.id());
        let mut record = SourceRecord {
            external_id: Uuid::now_v7().to_string(),
            branch_id: branch.unwrap_or_default(),
            phones: vec![spelling::phone(&mut dice, &person.phone)],
            ..SourceRecord::default()
        };
        let (source, kind, department) = match says {
            Says::Number => ("call_tracking", "call", "call_centre"),
            Says::Lead | Says::Stranger => ("lead_intake", "lead", "sales"),
            Says::Visit => ("service_dms", "repair_order", "service"),
        };
        (record.source, record.kind, record.department) =
            (source.to_owned(), kind.to_owned(), department.to_owned());
        match says {
            Says::Number => {}
            Says::Lead | Says::Stranger => record.full_name = spelling::name(&mut dice, &person),
            Says::Visit => {
                record.full_name = person.full_name();
                record.vehicles = vec![VehicleDescription {
                    vin: person.car.vin.clone(),
                    plate: person.car.plate.clone(),
                    make: person.car.make.to_owned(),
                    model: person.car.model.to_owned(),
                    ..VehicleDescription::default()
                }];
            }
        }
        Ok(record)
    }
}
