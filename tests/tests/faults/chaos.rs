//! The seed, the log of injections, and the faults themselves.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use e2e::{Instance, System};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::gaps::Gap;

const USUAL_SEED: u64 = 6;

/// A source of chance that says what it was used for.
#[derive(Debug)]
pub struct Chaos {
    seed: u64,
    name: &'static str,
    begun: Instant,
    chance: Mutex<StdRng>,
}

impl Chaos {
    /// From `EDINA_FAULT_SEED`: a number, or `random` for another one each time. Printed. Without it the same plan every
    /// time: whoever changes something should see what the change does, and look for new plans on purpose.
    pub fn new(name: &'static str) -> Self {
        let seed = match std::env::var("EDINA_FAULT_SEED").as_deref() {
            Err(_) => USUAL_SEED,
            Ok("random") => rand::rng().random_range(0..1_000_000),
            Ok(text) => text.parse().expect("EDINA_FAULT_SEED is a number or `random`"),
        };
        let chaos = Self {
            seed,
            name,
            begun: Instant::now(),
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
        };
        chaos.say(&format!("seed {seed}; EDINA_FAULT_SEED={seed} repeats it"));
        chaos
    }

    /// Chance of its own for one part, which does not depend on how the other parts run.
    pub fn part(&self, part: u64) -> StdRng {
        StdRng::seed_from_u64(self.seed.wrapping_mul(31).wrapping_add(part))
    }

    /// A line with the time since the start.
    pub fn say(&self, what: &str) {
        eprintln!(
            "[{} {:7.3} s] {what}",
            self.name,
            self.begun.elapsed().as_secs_f64()
        );
    }

    /// A time between the two.
    pub fn between(&self, from: Duration, to: Duration) -> Duration {
        self.chance.lock().unwrap().random_range(from..=to)
    }

    /// The same in another order.
    pub fn shuffled<T>(&self, mut all: Vec<T>) -> Vec<T> {
        all.shuffle(&mut *self.chance.lock().unwrap());
        all
    }

    /// SIGKILL of a copy that reads the exchange, otherwise as [`kill`](Self::kill).
    pub async fn kill_reader(&self, system: &System, instance: Instance, absent: Duration) -> Gap {
        let gap = Gap::opens(system).await;
        self.kill(system, instance, absent).await;
        gap
    }

    /// SIGKILL, a while of absence, and a start; does not wait until it is ready.
    pub async fn kill(&self, system: &System, instance: Instance, absent: Duration) {
        self.say(&format!("SIGKILL {}, away for {absent:?}", instance.name()));
        system.kill(instance);
        tokio::time::sleep(absent).await;
        system.launch(instance).unwrap();
    }
}
