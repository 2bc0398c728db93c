//! People and programs that ask once and expect an answer.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use e2e::{
    Service, System,
    api::{Answer, Api, lead_id},
    peers::pbx::Story,
    people::{self, Person},
};
use serde_json::json;
use tokio::task::JoinSet;

/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came in, and what went wrong.
#[derive(Debug, Default)]
pub struct Taken {
    /// Person and lead id.
    pub leads: Mutex<Vec<(Person, String)>>,
    /// Number and how the call went.
    pub calls: Mutex<Vec<(Person, Story)>>,
    pub lookups: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Taken {
    fn fail(&self, what: &str, why: String) {
        self.failures.lock().unwrap().push(format!("{what}: {why}"));
    }

    /// Every request was answered.
    #[track_caller]
    pub fn all_answered(&self) {
        let failures = self.failures.lock().unwrap();
        assert!(
            failures.is_empty(),
            "{} requests of {} leads and {} lookups were not answered: {:#?}",
            failures.len(),
            self.leads.lock().unwrap().len(),
            self.lookups.load(Ordering::Relaxed),
            &failures[..failures.len().min(12)]
        );
    }
}

/// One lead by one of the ways in.
pub async fn lead(system: &System, api: &Api, number: usize, taken: &Taken) {
    let person = if number.is_multiple_of(2) {
        Person::woman()
    } else {
        Person::man()
    };
    let group = system.group();
    let asked = async {
        if number.is_multiple_of(3) {
            let id = format!("pair-{}", person.digits);
            let document = people::adf(&id, &person, &person.local(), "Перезвоните мне");
            api.adf(group.key("adf"), document).await
        } else {
            let fields =
                json!({ "name": person.full_name(), "phone": person.local(), "comment": "Тест-драйв" });
            api.form(group.key("site"), None, &fields).await
        }
    };
    match answered(asked).await.and_then(|answer| lead_id(&answer.body)) {
        Ok(id) => taken.leads.lock().unwrap().push((person, id)),
        Err(error) => taken.fail("lead", format!("{error:#}")),
    }
}

/// Looks for a person by number, and at the card if there is one.
async fn lookup(api: &Api, number: usize, taken: &Taken) {
    let person = {
        let leads = taken.leads.lock().unwrap();
        if leads.is_empty() {
            return;
        }
        leads[number % leads.len()].0.clone()
    };
    taken.lookups.fetch_add(1, Ordering::Relaxed);
    let looked = async {
        let found = tokio::time::timeout(PATIENCE, api.find(&person.local())).await??;
        if let Some(id) = found.first().and_then(|client| client["client_id"].as_str()) {
            tokio::time::timeout(PATIENCE, api.card(id)).await??;
        }
        anyhow::Ok(())
    };
    if let Err(error) = looked.await {
        taken.fail("lookup", format!("{error:#}"));
    }
}

/// One call, from ring to end.
pub async fn call(system: &System, number: usize, pace: Duration, taken: &Taken) {
    let person = Person::man();
    let story = [Story::Answered, Story::Abandoned, Story::Busy][number % 3];
    let ringing = system
        .pbx()
        .ring(story, &person.trunk(), ["301", "302"])
        .await
        .unwrap();
    tokio::time::sleep(pace).await;
    if story == Story::Answered {
        let talking = ringing.answer();
        tokio::time::sleep(pace).await;
        talking.go_on();
    } else {
        ringing.go_on();
    }
    taken.calls.lock().unwrap().push((person, story));
}

async fn answered(asked: impl Future<Output = anyhow::Result<Answer>>) -> anyhow::Result<Answer> {
    let answer = tokio::time::timeout(PATIENCE, asked).await??;
    anyhow::ensure!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
    Ok(answer)
}

/// The same load every second until it is stopped: 8 leads by either door, 10 lookups, 2 calls.
pub struct Steady {
    taken: Arc<Taken>,
    over: Arc<AtomicBool>,
    going: JoinSet<()>,
}

impl Steady {
    pub fn begin(system: &Arc<System>) -> Self {
        let taken = Arc::<Taken>::default();
        let over = Arc::<AtomicBool>::default();
        let mut going = JoinSet::new();
        for (every, kind) in [(250, 0), (250, 1), (100, 2), (500, 3)] {
            let (system, taken, over) = (Arc::clone(system), Arc::clone(&taken), Arc::clone(&over));
            going.spawn(async move {
                let gateway = system.api();
                let direct = gateway.at(&format!("http://{}", system.reached(Service::Intake).http));
                let mut every = tokio::time::interval(Duration::from_millis(every));
                every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                let mut begun = JoinSet::new();
                for number in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    every.tick().await;
                    let (system, taken) = (Arc::clone(&system), Arc::clone(&taken));
                    let (gateway, direct) = (gateway.clone(), direct.clone());
                    begun.spawn(async move {
                        match kind {
                            0 => lead(&system, &gateway, number, &taken).await,
                            1 => lead(&system, &direct, number, &taken).await,
                            2 => lookup(&gateway, number, &taken).await,
                            _ => call(&system, number, Duration::from_millis(700), &taken).await,
                        }
                    });
                }
                begun.join_all().await;
            });
        }
        Self { taken, over, going }
    }

    /// No more begins; what has begun is waited for.
    pub async fn end(self) -> Arc<Taken> {
        self.over.store(true, Ordering::Relaxed);
        self.going.join_all().await;
        self.taken
    }
}
