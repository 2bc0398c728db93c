//! A working day in about ten minutes, again and again, played through the real front doors.
//!
//! [`lead`] writes what sites and marketplaces send, [`call`] rings the telephones, [`seller`] does what the people of
//! the group do meanwhile. Before each step the switch of the console is looked at.

mod call;
mod lead;
mod seller;

use std::{path::PathBuf, sync::Arc, time::Duration};

use call_tracking::replay::ReplayServer;
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId, stop::Stop};

use super::{
    dice::Dice,
    front_door::FrontDoor,
    load::Loaded,
    people::{People, Person},
    progress::Progress,
};
use call::Telephones;
use lead::Sent;

const DAY: Duration = Duration::from_secs(600);
const STEPS: u32 = 200;
/// The day begins when so many clients, or all, are in the system.
const ENOUGH: usize = 200;
/// Numbers of the people who come for the first time; the loaded ones are below.
const STRANGERS: usize = 1_000_000;
const STRANGERS_A_DAY: usize = 1_000;
const LONGEST_PAUSE: f64 = 3600.0;

/// The player of the day.
pub(crate) struct Day {
    pub(crate) door: FrontDoor,
    pub(crate) pbx: Option<ReplayServer>,
    pub(crate) people: People,
    pub(crate) clients: usize,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) database: Database,
    pub(crate) group: GroupId,
    pub(crate) data_dir: PathBuf,
    pub(crate) clock: SharedClock,
    pub(crate) stop: Stop,
}

/// One moment of a day.
struct Moment {
    day: u64,
    step: u32,
    dice: Dice,
}

impl Day {
    /// Plays until the stop.
    pub(crate) async fn run(self) {
        let pace = pace();
        let telephones = Telephones::new(self.pbx.clone(), pace, self.stop.clone());
        let mut last_sent = None;
        while self.loaded.count() < ENOUGH.min(self.clients) {
            tokio::select! { () = self.stop.requested() => return, () = tokio::time::sleep(Duration::from_millis(500)) => {} }
        }
        let mut day = match Progress::read(&self.data_dir) {
            Ok(progress) => progress.days,
            Err(error) => return tracing::error!("demo: {error:#}"),
        };
        loop {
            day += 1;
            if let Err(error) = Progress::change(&self.data_dir, |progress| progress.days = day) {
                tracing::warn!("demo: {error:#}");
            }
            tracing::info!(day, "demo: a working day begins");
            let mut dice = Dice::new(self.people.seed, day.wrapping_add(1 << 40));
            for step in 0..STEPS {
                if super::may_play(&self.database, &self.group, &self.stop)
                    .await
                    .is_none()
                {
                    return;
                }
                let mut moment = Moment {
                    day,
                    step,
                    dice: Dice::new(dice.next(), u64::from(step)),
                };
                if let Err(error) = self.play(&mut moment, &telephones, &mut last_sent).await {
                    tracing::debug!(day, step, "demo: {error:#}");
                }
                // Whatever comes in, somebody is at work on what came before.
                if let Err(error) = seller::work(&self, &mut moment, &telephones).await {
                    tracing::debug!(day, step, "demo: {error:#}");
                }
                let pause = DAY.div_f64(f64::from(STEPS) * pace).mul_f64(jitter(&mut dice));
                tokio::select! { () = self.stop.requested() => return, () = tokio::time::sleep(pause) => {} }
            }
        }
    }

    async fn play(
        &self,
        moment: &mut Moment,
        telephones: &Telephones,
        last: &mut Option<Sent>,
    ) -> anyhow::Result<()> {
        match moment.dice.below(100) {
            0..=29 => {
                let sent = lead::write(self, moment);
                self.send(&sent).await?;
                *last = Some(sent);
            }
            30..=32 => {
                // The site's button was pressed twice, or the marketplace sends again.
                if let Some(sent) = &*last {
                    self.send(sent).await?;
                }
            }
            33..=34 => self.send(&lead::broken(self, moment)).await?,
            35..=61 => telephones.ring(self, moment),
            62..=70 => self.workshop(moment).await?,
            _ => seller::work(self, moment, telephones).await?,
        }
        Ok(())
    }

    async fn send(&self, sent: &Sent) -> anyhow::Result<()> {
        let answer = match sent {
            Sent::Adf(document) => self.door.adf(document.clone()).await?,
            Sent::Form(form) => self.door.form(form).await?,
            Sent::Landing(fields) => self.door.landing(fields).await?,
        };
        tracing::debug!(status = answer.status.as_u16(), "demo: an input was sent");
        Ok(())
    }

    /// The DMS posts what was done or sold.
    async fn workshop(&self, moment: &mut Moment) -> anyhow::Result<()> {
        let (number, _) = self.somebody(moment, 85);
        let unique = format!("{}-{}", moment.day, moment.step);
        let at = self.clock.now();
        let record = if moment.dice.chance(80) {
            self.people
                .repair_order_now(number, at, &unique, &mut moment.dice)
        } else {
            self.people.sale_now(number, at, &unique, &mut moment.dice)
        };
        let answer = self.door.records(&[record]).await?;
        tracing::debug!(status = answer.status.as_u16(), "demo: a DMS record was posted");
        Ok(())
    }

    /// A client of ours in `known` of 100 cases, else somebody who never came before.
    fn somebody(&self, moment: &mut Moment, known: usize) -> (usize, Person) {
        let count = self.loaded.count();
        let number = if count > 0 && moment.dice.chance(known) {
            moment.dice.below(count)
        } else {
            let day = usize::try_from(moment.day % 8_000).unwrap_or(0);
            STRANGERS + day * STRANGERS_A_DAY + usize::try_from(moment.step).unwrap_or(0)
        };
        (number, self.people.person(number))
    }
}

/// How much faster than a day in ten minutes: `EDINA_DEMO_SPEED`.
fn pace() -> f64 {
    let wanted = std::env::var("EDINA_DEMO_SPEED")
        .ok()
        .and_then(|text| text.trim().parse::<f64>().ok());
    let slowest = DAY.as_secs_f64() / f64::from(STEPS) / LONGEST_PAUSE;
    wanted
        .filter(|pace| pace.is_finite())
        .unwrap_or(1.0)
        .clamp(slowest, 100.0)
}

/// From 0.3 to 1.7, 1 on the average.
fn jitter(dice: &mut Dice) -> f64 {
    f64::from(i32::try_from(dice.between(30, 170)).unwrap_or(100)) / 100.0
}
