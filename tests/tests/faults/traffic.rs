//! Leads and calls as they come in on a working day, from senders who do not give up.

use std::{sync::Arc, time::Duration};

use e2e::{
    Service, System,
    api::{Answer, Api, lead_id},
    peers::pbx::Story,
    people::{self, Person},
};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::chaos::Chaos;

/// A sender takes silence for a lost answer after this time.
const SENDER_PATIENCE: Duration = Duration::from_secs(8);
/// How long a call rings, and how long a talk lasts, at least; at most twice that.
const PHASE: Duration = Duration::from_secs(4);

/// How much of it.
#[derive(Debug, Clone)]
pub struct Amount {
    pub leads: usize,
    pub calls: usize,
    /// The last one begins about then.
    pub over: Duration,
    /// First digits of the persons' numbers, in turn.
    pub prefixes: &'static [&'static str],
    /// What calls wait for.
    pub callers: Callers,
}

/// What a call waits for: an exchange keeps nothing for whoever listens later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// Nothing.
    Hurried,
    /// Somebody hears it ring; then it goes on, whoever listens.
    HeardToRing,
    /// Every step waits until somebody has listened for two seconds.
    Patient,
}

/// A lead that a sender wants to bring in.
#[derive(Debug, Clone)]
pub struct Lead {
    pub person: Arc<Person>,
    input: Input,
    by_gateway: bool,
    /// The sender did not see the first answer.
    unheard: bool,
}

#[derive(Debug, Clone)]
enum Input {
    Adf(String),
    Form { once: String, fields: Value },
}

/// A call from a number.
#[derive(Debug, Clone)]
pub struct Call {
    pub number: Arc<Person>,
    pub story: Story,
    callers: Callers,
}

/// What has been brought in.
#[derive(Debug, Default)]
pub struct Accepted {
    /// Each input with the lead's id.
    pub leads: Vec<(Lead, String)>,
    /// Each call with its `Linkedid`.
    pub calls: Vec<(Call, String)>,
    /// How often a sender had to try again.
    pub retries: usize,
}

/// What is to come, with the instant of each.
#[derive(Debug)]
pub struct Traffic {
    leads: Vec<(Duration, Lead)>,
    calls: Vec<(Duration, Call)>,
}

impl Traffic {
    /// Every ninth person sends a second lead by another way, at any time; every ninth caller calls twice.
    pub fn planned(chaos: &Chaos, amount: &Amount) -> Self {
        let mut chance = chaos.part(1);
        let mut leads = Vec::new();
        while leads.len() < amount.leads {
            let prefix = amount.prefixes[leads.len() % amount.prefixes.len()];
            let person = Arc::new(with_prefix(prefix));
            let adf = chance.random_bool(0.5);
            leads.push(lead(&mut chance, &person, adf));
            if chance.random_ratio(1, 9) && leads.len() < amount.leads {
                leads.push(lead(&mut chance, &person, !adf));
            }
        }
        let mut calls = Vec::new();
        while calls.len() < amount.calls {
            let number = Arc::new(with_prefix(amount.prefixes[calls.len() % amount.prefixes.len()]));
            let story = *[Story::Answered, Story::Answered, Story::Abandoned, Story::Busy]
                .choose(&mut chance)
                .expect("there are four");
            let twice =
                story == Story::Answered && chance.random_ratio(1, 9) && calls.len() + 1 < amount.calls;
            for _ in 0..=usize::from(twice) {
                let number = Arc::clone(&number);
                let callers = amount.callers;
                calls.push(Call {
                    number,
                    story,
                    callers,
                });
            }
        }
        let mut instant = |_: &()| chance.random_range(Duration::ZERO..amount.over);
        Self {
            leads: leads.into_iter().map(|lead| (instant(&()), lead)).collect(),
            calls: calls.into_iter().map(|call| (instant(&()), call)).collect(),
        }
    }

    /// Starts it all; see [`Self::flow`].
    pub fn start(self, system: &Arc<System>, chaos: &Arc<Chaos>) -> tokio::task::JoinHandle<Accepted> {
        let (system, chaos) = (Arc::clone(system), Arc::clone(chaos));
        tokio::spawn(async move { self.flow(&system, &chaos).await })
    }

    /// Lets it all flow; ends when every sender has been told that his lead is taken and every call is over.
    async fn flow(self, system: &Arc<System>, chaos: &Arc<Chaos>) -> Accepted {
        let begin = tokio::time::Instant::now();
        let (mut senders, mut callers) = (JoinSet::new(), JoinSet::new());
        for (at, lead) in self.leads {
            let system = Arc::clone(system);
            senders.spawn(async move {
                tokio::time::sleep_until(begin + at).await;
                let (id, retries) = send(&system, &lead).await;
                (lead, id, retries)
            });
        }
        for (index, (at, call)) in (0..).zip(self.calls) {
            let system = Arc::clone(system);
            let chance = chaos.part(1000 + index);
            callers.spawn(async move {
                tokio::time::sleep_until(begin + at).await;
                let linked_id = play(&system, &call, chance).await;
                (call, linked_id)
            });
        }
        let mut accepted = Accepted::default();
        while let Some(done) = senders.join_next().await {
            let (lead, id, retries) = done.unwrap();
            accepted.leads.push((lead, id));
            accepted.retries += retries;
        }
        accepted.calls = callers.join_all().await;
        chaos.say(&format!(
            "{} leads are taken after {} repetitions, {} calls are over",
            accepted.leads.len(),
            accepted.retries,
            accepted.calls.len()
        ));
        accepted
    }
}

/// Somebody with a number that begins so. A town is not full of people of one name and father: given names and
/// patronymics go round, so that a like surname alone makes nobody a suspect.
fn with_prefix(prefix: &str) -> Person {
    const FATHERS: [&str; 11] = [
        "Сергеев",
        "Иванов",
        "Павлов",
        "Андреев",
        "Олегов",
        "Максимов",
        "Романов",
        "Фёдоров",
        "Егоров",
        "Тимофеев",
        "Эдуардов",
    ];
    const WOMEN: [&str; 7] = ["Анна", "Мария", "Ольга", "Елена", "Татьяна", "Ирина", "Людмила"];
    const MEN: [&str; 7] = [
        "Пётр",
        "Глеб",
        "Николай",
        "Виктор",
        "Юрий",
        "Константин",
        "Богдан",
    ];
    let number = people::unique() as usize;
    let father = FATHERS
        .get(number / 2 % FATHERS.len())
        .copied()
        .unwrap_or_default();
    let (mut person, names, ending) = if number.is_multiple_of(2) {
        (Person::woman(), WOMEN, "на")
    } else {
        (Person::man(), MEN, "ич")
    };
    names
        .get(number / 2 % names.len())
        .copied()
        .unwrap_or_default()
        .clone_into(&mut person.first_name);
    person.middle_name = format!("{father}{ending}");
    person.digits.replace_range(..3, prefix);
    person
}

fn lead(chance: &mut StdRng, person: &Arc<Person>, adf: bool) -> Lead {
    let input = if adf {
        let id = format!("fault-{}", person.digits);
        Input::Adf(people::adf(&id, person, &person.local(), "Перезвоните мне"))
    } else {
        Input::Form {
            once: uuid::Uuid::now_v7().to_string(),
            fields: json!({
                "name": person.full_name(), "phone": person.local(), "email": person.email,
                "comment": "Хочу на тест-драйв",
            }),
        }
    };
    Lead {
        person: Arc::clone(person),
        input,
        by_gateway: chance.random_ratio(1, 4),
        unheard: chance.random_ratio(1, 10),
    }
}

/// Sends until taken; the lead's id and the number of repetitions.
async fn send(system: &System, lead: &Lead) -> (String, usize) {
    let service = if lead.by_gateway {
        Service::Gateway
    } else {
        Service::Intake
    };
    let api = system
        .api()
        .at(&format!("http://{}", system.reached(service).http));
    let (mut retries, mut seen) = (0_usize, Vec::new());
    // Whoever did not hear the first answer sends once more after it.
    while seen.len() <= usize::from(lead.unheard) {
        match tokio::time::timeout(SENDER_PATIENCE, once(system, &api, lead)).await {
            Ok(Ok(answer)) if answer.status.is_success() => seen.push(lead_id(&answer.body).unwrap()),
            Ok(Ok(answer)) if again(answer.status) => {}
            Ok(Ok(answer)) => panic!("a good lead is refused: {answer:?}"),
            // Not reached, cut off, or silent.
            Ok(Err(_)) | Err(_) => {}
        }
        if seen.is_empty() {
            retries += 1;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "one input became several leads");
    (seen.remove(0), retries)
}

fn again(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

async fn once(system: &System, api: &Api, lead: &Lead) -> anyhow::Result<Answer> {
    match &lead.input {
        Input::Adf(document) => api.adf(system.group().key("adf"), document.clone()).await,
        Input::Form { once, fields } => api.form(system.group().key("site"), Some(once), fields).await,
    }
}

/// Rings, is taken or not, ends; its `Linkedid`.
async fn play(system: &System, call: &Call, mut chance: StdRng) -> String {
    let pbx = system.pbx();
    // A talk outlasts the absence of whoever listens, and a while longer.
    let watched = async || {
        if call.callers != Callers::Patient {
            return;
        }
        loop {
            match pbx.watched_for() {
                Some(time) if time >= PHASE / 2 => return,
                Some(time) => tokio::time::sleep(PHASE / 2 - time).await,
                None => pbx.watched().await,
            }
        }
    };
    if call.callers != Callers::Hurried {
        pbx.watched().await;
    }
    let ringing = pbx.ring_unheard(call.story, &call.number.trunk(), ["301", "302"]);
    let linked_id = ringing.linked_id.clone();
    tokio::time::sleep(chance.random_range(PHASE..2 * PHASE)).await;
    watched().await;
    if call.story == Story::Answered {
        let talking = ringing.answer();
        tokio::time::sleep(chance.random_range(PHASE..2 * PHASE)).await;
        watched().await;
        talking.go_on();
    } else {
        ringing.go_on();
    }
    linked_id
}
