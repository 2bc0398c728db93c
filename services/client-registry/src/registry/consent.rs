//! Consents and refusals said to us, with their proof.

use edina_proto::registry::v1::ConsentState;
use edina_runtime::caller::Caller;

use super::{Registry, RegistryError, facts, id, root_of};
use crate::{
    client::{card, consent, evidence, record::ConsentSaid},
    store,
};

impl Registry {
    /// Adds to the ledger and answers what is in force.
    pub async fn record_consent(
        &self,
        caller: &Caller,
        client_id: &str,
        said: &ConsentSaid,
    ) -> Result<Vec<ConsentState>, RegistryError> {
        evidence::check_consent(&said.purpose, &said.channel)?;
        if said.granted && said.proof.trim().is_empty() {
            return Err(RegistryError::invalid(
                "consent.proof",
                "a consent needs its proof: where and how it was given",
            ));
        }
        let client_id = id("client_id", client_id)?;
        let now = self.clock.now();
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let source = if caller.service == "gateway" {
            "console"
        } else {
            caller.service.as_str()
        };
        facts::note_consent(&mut tx, caller, client_id, said, source, now).await?;
        let root = root_of(&mut tx, group, client_id).await?;
        let members = store::clients::members(&mut tx, group, &[root]).await?;
        let ledger = store::consents::ledger(&mut tx, group, &members).await?;
        self.commit(tx).await?;
        Ok(consent::effective(&members, &ledger)
            .into_iter()
            .map(card::consent_state)
            .collect())
    }
}
