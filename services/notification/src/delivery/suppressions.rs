//! Addresses that nothing, or no advertising, is sent to.

use chrono::{DateTime, Utc};
use edina_identity::normalise::{Home, email, phone};
use edina_runtime::group::GroupId;
use uuid::Uuid;

use super::{DeliveryError, Dispatcher};
use crate::{
    message::Channel,
    store::suppressions::{self, SuppressionRow},
};

const REASONS: [&str; 5] = ["unsubscribed", "wrong_number", "bounced", "complaint", "manual"];
const SCOPES: [&str; 2] = ["advertising", "everything"];

/// What somebody wants suppressed. No `Debug`: it holds an address.
pub struct NewSuppression {
    pub channel: String,
    pub address: String,
    pub reason: String,
    pub scope: String,
}

impl Dispatcher {
    /// Suppresses an address; one already there gets the new reason and scope.
    ///
    /// # Errors
    /// The field that cannot be used, or the database.
    pub async fn put_suppression(
        &self,
        group: &GroupId,
        new: NewSuppression,
    ) -> Result<SuppressionRow, DeliveryError> {
        let channel = Channel::from_code(&new.channel)
            .ok_or_else(|| DeliveryError::invalid("channel", "sms or email is expected"))?;
        let address = match channel {
            Channel::Sms => phone::parse(&new.address, Home::default())
                .map(|phone| phone.e164)
                .map_err(|error| DeliveryError::invalid("address", error.to_string()))?,
            Channel::Email => email::normalise(&new.address)
                .map(|email| email.address)
                .map_err(|error| DeliveryError::invalid("address", error.to_string()))?,
        };
        let one_of = |field, given: String, default: &str, known: &[&str]| {
            let given = if given.is_empty() {
                default.to_owned()
            } else {
                given
            };
            if known.contains(&given.as_str()) {
                return Ok(given);
            }
            Err(DeliveryError::invalid(
                field,
                format!("one of {} is expected", known.join(", ")),
            ))
        };
        let row = SuppressionRow {
            id: Uuid::now_v7(),
            channel: channel.code().to_owned(),
            address,
            reason: one_of("reason", new.reason, "manual", &REASONS)?,
            scope: one_of("scope", new.scope, "everything", &SCOPES)?,
            at: self.clock.now(),
        };
        let mut tx = self.database.begin(group).await?;
        let stored = suppressions::put(&mut tx, group, &row).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// Writing to the address is allowed again.
    ///
    /// # Errors
    /// There is none, or the database.
    pub async fn remove_suppression(&self, group: &GroupId, id: Uuid) -> Result<(), DeliveryError> {
        let mut tx = self.database.begin(group).await?;
        if !suppressions::remove(&mut tx, group, id).await? {
            return Err(DeliveryError::NotFound("suppression"));
        }
        tx.commit().await?;
        Ok(())
    }

    /// Newest first, older than `before`.
    ///
    /// # Errors
    /// The database.
    pub async fn suppressions(
        &self,
        group: &GroupId,
        before: Option<(DateTime<Utc>, Uuid)>,
        limit: i64,
    ) -> Result<Vec<SuppressionRow>, DeliveryError> {
        let mut tx = self.database.begin(group).await?;
        Ok(suppressions::list(&mut tx, group, before, limit).await?)
    }
}
