//! Telephone calls, played by the PBX of the demonstration.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use call_tracking::replay::{Kind, ReplayServer, Scenario, Speed};
use edina_runtime::stop::Stop;

use super::{
    super::{
        group::{ADMIN_EXTENSION, BRANCHES, OPERATORS, Place},
        people::Person,
    },
    Day, Moment,
};

/// Calls at the same time.
const MOST: usize = 4;
/// Calls are played so much faster than life: 20 seconds of ringing are 4.
const FASTER: f64 = 5.0;

/// The group's telephones: an extension has one call at a time.
pub(super) struct Telephones {
    pbx: Option<ReplayServer>,
    busy: Arc<Mutex<Vec<HashSet<String>>>>,
    speed: Speed,
    stop: Stop,
}

impl Telephones {
    pub(super) fn new(pbx: Option<ReplayServer>, pace: f64, stop: Stop) -> Self {
        // Slower than this nobody wants to wait for the end of a call; faster, nobody sees it ring.
        let factor = (FASTER * pace).round().clamp(2.0, 200.0);
        let factor = (2..=200u32)
            .find(|whole| f64::from(*whole) >= factor)
            .unwrap_or(5);
        Self {
            pbx,
            busy: Arc::default(),
            speed: Speed::times(factor),
            stop,
        }
    }

    /// Somebody calls us, or we call somebody.
    pub(super) fn ring(&self, day: &Day, moment: &mut Moment) {
        let (_, person) = day.somebody(moment, 65);
        let place = &BRANCHES[person.branch];
        let dice = &mut moment.dice;
        let service = dice.chance(35);
        let line = if service {
            place.service_line
        } else {
            place.sales_line
        };
        let mut desks = if service {
            vec![place.adviser, place.reception]
        } else {
            place.sellers.to_vec()
        };
        let turn = dice.below(desks.len());
        desks.rotate_left(turn);
        desks.push(*dice.pick(&OPERATORS));
        if dice.chance(45) {
            // At the head of the queue now and then, so that the administrator has a conversation, not only a pop.
            let place = if dice.chance(25) { 0 } else { desks.len() };
            desks.insert(place, ADMIN_EXTENSION);
        }
        let colleague = if service {
            place.sellers[dice.below(3)]
        } else {
            place.adviser
        }
        .to_owned();
        let kind = match dice.below(100) {
            0..=39 => Kind::QueueAnswered,
            40..=51 => Kind::QueueAbandoned,
            52..=56 => Kind::QueueTimeout,
            57..=63 => Kind::DirectAnswered,
            64..=68 => Kind::DirectBusy,
            69..=72 => Kind::DirectNoAnswer,
            73..=78 => Kind::BlindTransfer { to: colleague },
            79..=84 => Kind::AttendedTransfer { to: colleague },
            85..=94 => Kind::Outbound,
            _ => Kind::OutboundNoAnswer,
        };
        if matches!(
            kind,
            Kind::DirectAnswered
                | Kind::DirectBusy
                | Kind::DirectNoAnswer
                | Kind::Outbound
                | Kind::OutboundNoAnswer
        ) {
            desks.truncate(1);
        }
        let queue = if service {
            place.service_queue
        } else {
            place.sales_queue
        };
        self.play(moment, kind, &person, line, queue, &desks);
    }

    /// An employee calls a number back.
    pub(super) fn call_back(&self, moment: &mut Moment, extension: &str, number: &str, answered: bool) {
        let place = BRANCHES.iter().find(|place: &&Place| {
            place.sellers.contains(&extension) || [place.adviser, place.reception].contains(&extension)
        });
        let line = place.unwrap_or(&BRANCHES[0]).sales_line;
        let kind = if answered {
            Kind::Outbound
        } else {
            Kind::OutboundNoAnswer
        };
        // Sources write numbers with brackets and blanks; a telephone has keys for digits only.
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let scenario = self.scenario(moment, kind, &digits, line, "", &[extension]);
        self.start(scenario);
    }

    fn play(
        &self,
        moment: &mut Moment,
        kind: Kind,
        person: &Person,
        line: &str,
        queue: &str,
        desks: &[&str],
    ) {
        let taken = self.taken();
        let free: Vec<&str> = desks
            .iter()
            .copied()
            .filter(|desk| !taken.contains(*desk))
            .collect();
        if free.is_empty() {
            return;
        }
        // Networks send the number with 7 or with 8 in front.
        let national = person.phone.trim_start_matches("+7");
        let number = format!("{}{national}", if moment.dice.chance(60) { "7" } else { "8" });
        let scenario = self.scenario(moment, kind, &number, line, queue, &free);
        self.start(scenario);
    }

    fn scenario(
        &self,
        moment: &mut Moment,
        kind: Kind,
        number: &str,
        line: &str,
        queue: &str,
        desks: &[&str],
    ) -> Scenario {
        let mut scenario =
            Scenario::new(kind, number, line.trim_start_matches('+'), desks).at_speed(self.speed);
        queue.clone_into(&mut scenario.queue);
        let seconds = |from, to, moment: &mut Moment| {
            Duration::from_secs(u64::try_from(moment.dice.between(from, to)).unwrap_or(20))
        };
        scenario.ring = seconds(12, 35, moment);
        scenario.talk = seconds(40, 200, moment);
        scenario
    }

    fn taken(&self) -> HashSet<String> {
        self.busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Plays the call beside everything else, if its telephones are free.
    fn start(&self, scenario: Scenario) {
        let Some(pbx) = self.pbx.clone() else { return };
        let mut phones: HashSet<String> = scenario.extensions.iter().cloned().collect();
        if let Kind::BlindTransfer { to } | Kind::AttendedTransfer { to } = &scenario.kind {
            phones.insert(to.clone());
        }
        {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            if busy.len() >= MOST || busy.iter().any(|other| !other.is_disjoint(&phones)) {
                return;
            }
            busy.push(phones.clone());
        }
        let (busy, stop) = (Arc::clone(&self.busy), self.stop.clone());
        self.stop.spawn("demo call", async move {
            tokio::select! { _ = pbx.play(&scenario) => {}, () = stop.requested() => {} }
            busy.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .retain(|other| *other != phones);
        });
    }
}
