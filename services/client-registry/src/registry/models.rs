//! The model that decides for a group: the one Edina comes with, or the one learned from the group's own records.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use edina_identity::engine::Model;
use sqlx::PgConnection;

use crate::store;

/// How long another copy's new model may go unheard.
const FRESH: Duration = Duration::from_secs(10);

/// A model with the number it is known by; 0 is the one Edina comes with.
#[derive(Debug, Clone)]
pub(crate) struct Trained {
    pub(crate) version: i32,
    pub(crate) model: Model,
}

/// When a model was looked up, and what was found.
type Known = (Instant, Arc<Trained>);

/// Models in use, by group.
#[derive(Debug, Clone, Default)]
pub(super) struct Models(Arc<Mutex<HashMap<String, Known>>>);

impl Models {
    /// The model of a group, with the group's thresholds.
    pub(super) async fn of(&self, connection: &mut PgConnection, group: &str) -> sqlx::Result<Arc<Trained>> {
        let known = self.known(group);
        if let Some((at, trained)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(trained));
        }
        let settings = store::models::settings(connection, group).await?;
        let learned = match settings.model_version {
            0 => None,
            version => store::models::find(connection, group, version).await?,
        };
        let mut trained = match learned {
            Some(model) => Trained {
                version: settings.model_version,
                model,
            },
            None => Trained {
                version: 0,
                model: Model::default(),
            },
        };
        if let Some(bits) = settings.link_bits {
            trained.model.thresholds.link = bits;
        }
        if let Some(bits) = settings.ask_bits {
            trained.model.thresholds.ask = bits;
        }
        let trained = Arc::new(trained);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(group.to_owned(), (Instant::now(), Arc::clone(&trained)));
        Ok(trained)
    }

    fn known(&self, group: &str) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(group).cloned()
    }

    /// Forgets what is known of a group, which has just been changed.
    pub(super) fn forget(&self, group: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(group);
    }
}
