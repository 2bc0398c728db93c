//! The model that decides for a group: the one Edina comes with, or the one learned from the group's own records.

use std::{sync::Arc, time::Duration};

use edina_identity::engine::Model;
use sqlx::PgConnection;

use super::believed::Believed;
use crate::store;

/// How long another copy's new model may go unheard.
const FRESH: Duration = Duration::from_secs(10);

/// A model with the number it is known by; 0 is the one Edina comes with.
#[derive(Debug, Clone)]
pub(crate) struct Trained {
    pub(crate) version: i32,
    pub(crate) model: Model,
}

/// Models in use, by group.
#[derive(Debug, Clone)]
pub(super) struct Models(Believed<Arc<Trained>>);

impl Default for Models {
    fn default() -> Self {
        Self(Believed::new(FRESH))
    }
}

impl Models {
    /// The model of a group, with the group's thresholds.
    pub(super) async fn of(&self, connection: &mut PgConnection, group: &str) -> sqlx::Result<Arc<Trained>> {
        if let Some(trained) = self.0.of(group) {
            return Ok(trained);
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
        self.0.learn(group, Arc::clone(&trained));
        Ok(trained)
    }

    /// Forgets what is known of a group, which has just been changed.
    pub(super) fn forget(&self, group: &str) {
        self.0.forget(group);
    }
}
