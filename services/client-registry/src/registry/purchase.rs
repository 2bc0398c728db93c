//! A won lead becomes a purchase: a source record of the client it was won with.

use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, id, root_of};
use crate::client::record::{Money, Said, VehicleSaid};

/// A purchase to be recorded.
#[derive(Clone)]
pub struct NewPurchase {
    pub client_id: String,
    /// As of [`Said`]; external_id must be given.
    pub source: String,
    pub external_id: String,
    pub at: Option<chrono::DateTime<chrono::Utc>>,
    pub vehicle: Option<VehicleSaid>,
    pub amount: Option<Money>,
    pub branch_id: String,
    pub employee_id: String,
    /// Why the client chose us (R91).
    pub reason: String,
}

impl Registry {
    /// Stores the purchase once; the buyer becomes the vehicle's owner.
    pub async fn record_purchase(&self, caller: &Caller, new: NewPurchase) -> Result<Uuid, RegistryError> {
        let client_id = id("client_id", &new.client_id)?;
        if new.external_id.is_empty() {
            return Err(RegistryError::invalid(
                "external_id",
                "must be given, so that a repeated call is recognised",
            ));
        }
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        root_of(&mut tx, group, client_id).await?;
        drop(tx);
        let source = if new.source.is_empty() {
            "lead_intake".to_owned()
        } else {
            new.source
        };
        // A lead's own record bears the lead's id already: the purchase made of it is another record.
        let external_id = if new.external_id.starts_with("purchase:") {
            new.external_id
        } else {
            format!("purchase:{}", new.external_id)
        };
        let bought = VehicleSaid {
            role: "owner".to_owned(),
            ..new.vehicle.unwrap_or_default()
        };
        let mut extra = std::collections::BTreeMap::new();
        for (key, value) in [("reason", new.reason), ("employee_id", new.employee_id)] {
            if !value.is_empty() {
                extra.insert(key.to_owned(), value);
            }
        }
        let said = Said {
            source,
            external_id,
            kind: "sale".to_owned(),
            occurred_at: new.at,
            branch_id: new.branch_id,
            department: "sales".to_owned(),
            vehicles: vec![bought],
            amount: new.amount,
            comment: extra.get("reason").cloned().unwrap_or_default(),
            extra,
            ..Said::default()
        };
        Ok(self
            .resolve_as(caller, &said, Some(client_id))
            .await?
            .source_record_id)
    }
}
