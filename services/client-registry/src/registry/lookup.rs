//! Who may be calling: one indexed query and the short forms. Stores nothing.

use edina_identity::normalise::phone;
use edina_identity::text::digits;
use edina_proto::registry::v1::LookupPhoneReply;
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, card};
use crate::store;

/// Cards shown to the operator while the phone rings.
const MOST_CALLERS: i64 = 10;

impl Registry {
    /// The clients that carry this number, the lately active first.
    pub async fn lookup_phone(
        &self,
        caller: &Caller,
        typed: &str,
    ) -> Result<LookupPhoneReply, RegistryError> {
        let Ok(number) = phone::parse(typed, &self.home) else {
            return Ok(LookupPhoneReply::default());
        };
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let found = store::search::by_phone(&mut tx, group, &digits(&number.e164), MOST_CALLERS).await?;
        let roots: Vec<Uuid> = found.iter().map(|(root, _)| *root).collect();
        let mut summaries = card::summaries_of(&mut tx, group, &roots).await?;
        let clients = roots.iter().filter_map(|root| summaries.remove(root)).collect();
        Ok(LookupPhoneReply {
            e164: number.e164,
            clients,
        })
    }
}
