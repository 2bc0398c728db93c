//! The group's own model: learned from its records, chosen, and taken back.

use chrono::{DateTime, Utc};
use edina_identity::{
    Profile,
    engine::{
        Base, Model,
        train::{Answer, train_answered},
    },
};
use edina_proto::{
    registry::v1::{IdentityModel, IdentitySettings, UndoModelReply},
    time::to_proto,
};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, merge, moves, resolve};
use crate::store::{
    self,
    models::Kept,
    moves::{Move, UNDONE},
    records::Linked,
};

/// Records a model is learned from, the newest; more teach nothing new.
const MOST_LEARNED_FROM: i64 = 150_000;
/// Fewest records that teach anything.
const FEWEST: usize = 2_000;
/// Answers of people that are learned from, the newest.
const MOST_ANSWERS: i64 = 2_000;
/// Bounds of thresholds, bits.
const BITS: std::ops::RangeInclusive<f64> = -20.0..=40.0;
/// Links undone by one transaction.
const PORTION: i64 = 200;

impl Registry {
    /// Learns a model from the group's records and from what people answered; it decides from now on.
    pub async fn train_model(&self, caller: &Caller) -> Result<IdentityModel, RegistryError> {
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let profiles = store::profiles::newest(&mut tx, group, MOST_LEARNED_FROM).await?;
        let start = self.models.of(&mut tx, group).await?;
        let answers = store::answers::newest(&mut tx, group, MOST_ANSWERS).await?;
        drop(tx);
        if profiles.len() < FEWEST {
            return Err(RegistryError::Conflict(
                "there are too few records to learn from: 2000 are needed",
            ));
        }
        let model = tokio::task::spawn_blocking(move || learn(profiles, &answers, &start.model))
            .await
            .map_err(|_| RegistryError::Conflict("learning was cut off; try again"))?;
        let mut tx = self.begin(caller).await?;
        let kept = Kept {
            version: store::models::next_version(&mut tx, group).await?,
            records: i64::try_from(model.records).unwrap_or(i64::MAX),
            trained_at: self.clock.now(),
            by_employee_id: caller.employee_id().to_owned(),
        };
        store::models::insert(&mut tx, group, &kept, &model).await?;
        let mut settings = store::models::settings(&mut tx, group).await?;
        settings.model_version = kept.version;
        store::models::set(&mut tx, group, &settings).await?;
        self.commit(tx).await?;
        self.models.forget(group);
        Ok(wire(kept))
    }

    /// Which model decides, where, and which others there are.
    pub async fn identity_settings(&self, caller: &Caller) -> Result<IdentitySettings, RegistryError> {
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let trained = self.models.of(&mut tx, group).await?;
        let models = store::models::all(&mut tx, group).await?;
        Ok(IdentitySettings {
            model_version: trained.version,
            link_bits: trained.model.thresholds.link,
            ask_bits: trained.model.thresholds.ask,
            models: models.into_iter().map(wire).collect(),
        })
    }

    /// Chooses a model and where deciding begins; what is not given stays.
    pub async fn set_identity_settings(
        &self,
        caller: &Caller,
        model_version: Option<i32>,
        link_bits: Option<f64>,
        ask_bits: Option<f64>,
    ) -> Result<IdentitySettings, RegistryError> {
        for (field, bits) in [("link_bits", link_bits), ("ask_bits", ask_bits)] {
            if bits.is_some_and(|bits| !BITS.contains(&bits)) {
                return Err(RegistryError::invalid(
                    field,
                    format!("must be from {} to {} bits", BITS.start(), BITS.end()),
                ));
            }
        }
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let mut settings = store::models::settings(&mut tx, group).await?;
        if let Some(version) = model_version {
            if version != 0 && store::models::find(&mut tx, group, version).await?.is_none() {
                return Err(RegistryError::NotFound("model"));
            }
            settings.model_version = version;
        }
        settings.link_bits = link_bits.or(settings.link_bits);
        settings.ask_bits = ask_bits.or(settings.ask_bits);
        let learned = match settings.model_version {
            0 => None,
            version => store::models::find(&mut tx, group, version).await?,
        };
        let usual = learned.unwrap_or_default().thresholds;
        if settings.ask_bits.unwrap_or(usual.ask) > settings.link_bits.unwrap_or(usual.link) {
            return Err(RegistryError::invalid(
                "ask_bits",
                "must not be above link_bits: what is linked is not asked about",
            ));
        }
        store::models::set(&mut tx, group, &settings).await?;
        self.commit(tx).await?;
        self.models.forget(group);
        self.identity_settings(caller).await
    }

    /// Takes back what one model did: its merges and moves are undone, and each record that it linked gets a client of its
    /// own. A portion is a transaction; what was cut off goes on when asked again.
    pub async fn undo_model(&self, caller: &Caller, version: i32) -> Result<UndoModelReply, RegistryError> {
        let group = caller.group.as_str();
        let engine = Caller {
            actor: None,
            ..caller.clone()
        };
        let mut undone = UndoModelReply::default();
        loop {
            let now = self.clock.now();
            let mut tx = self.begin_alone(caller).await?;
            merge::one_at_a_time(&mut tx, group).await?;
            let links = store::merges::of_model(&mut tx, group, version, PORTION).await?;
            let caused = store::moves::of_model(&mut tx, group, version, PORTION).await?;
            let linked = if links.is_empty() && caused.is_empty() {
                store::records::linked_by(&mut tx, group, version, PORTION).await?
            } else {
                Vec::new()
            };
            if links.is_empty() && caused.is_empty() && linked.is_empty() {
                return Ok(undone);
            }
            undone.merges += links.len() as u64;
            undone.moves += caused.len() as u64;
            undone.records += linked.len() as u64;
            for link in links {
                merge::unlink(&mut tx, &engine, link, now).await?;
            }
            moves::take_back(&mut tx, &engine, &caused, now).await?;
            part(&mut tx, caller, &linked, now).await?;
            self.commit(tx).await?;
        }
    }
}

/// Gives each record a client of its own. One that was moved since stays where it is: only, it came there from its own client.
async fn part(
    connection: &mut PgConnection,
    caller: &Caller,
    linked: &[Linked],
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let group = caller.group.as_str();
    let (mut parted, mut moved_on) = (Vec::with_capacity(linked.len()), Vec::new());
    for record in linked {
        let own = Uuid::now_v7();
        store::clients::insert(connection, group, own, resolve::kind(record.party), now).await?;
        let (id, from_client_id) = match record.moved {
            None => (Uuid::now_v7(), record.client_id),
            Some((first, from)) => {
                store::moves::start_from(connection, group, first, own).await?;
                (just_before(first), from)
            }
        };
        let undone = Move {
            id,
            source_record_id: record.id,
            from_client_id,
            to_client_id: own,
            at: now,
            by_employee_id: caller.employee_id().to_owned(),
            reason: UNDONE.to_owned(),
            cause_record_id: None,
            import_id: None,
            model_version: None,
        };
        match record.moved {
            None => parted.push(undone),
            Some(_) => moved_on.push(undone),
        }
    }
    store::moves::insert(connection, group, &moved_on).await?;
    moves::make(connection, caller, &parted, now).await
}

/// Moves of a record follow each other in the order of their ids: one that belongs before another has the id before.
fn just_before(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_sub(1))
}

fn learn(profiles: Vec<Profile>, answers: &[Answer], start: &Model) -> Model {
    let mut base = Base::default();
    for profile in profiles {
        base.add_profile(profile);
    }
    train_answered(&base, start, answers)
}

fn wire(kept: Kept) -> IdentityModel {
    IdentityModel {
        version: kept.version,
        records: kept.records.unsigned_abs(),
        trained_at: Some(to_proto(kept.trained_at)),
        actor_employee_id: kept.by_employee_id,
    }
}
