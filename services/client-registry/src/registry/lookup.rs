//! Who may be calling: one statement and the short forms. Stores nothing.

use edina_identity::normalise::phone;
use edina_identity::text::digits;
use edina_proto::registry::v1::LookupPhoneReply;
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, card};
use crate::store::reading::{self, Reading};

/// Cards shown to the operator while the phone rings.
const MOST_CALLERS: usize = 10;
/// Cards of one number, the newest, among which those are chosen.
const MOST_SHARING: i32 = 50;

impl Registry {
    /// The clients that carry this number, the lately active first.
    pub async fn lookup_phone(
        &self,
        caller: &Caller,
        typed: &str,
    ) -> Result<LookupPhoneReply, RegistryError> {
        let Ok(number) = phone::parse(typed, self.home_of(caller)) else {
            return Ok(LookupPhoneReply::default());
        };
        let whole = Reading {
            kind: "phone",
            whole: true,
            last_resort: false,
            words: vec![vec![digits(&number.e164)]],
        };
        let group = caller.group.as_str();
        let present = self.present(&caller.group).await?;
        let gathered = reading::search(self.database.readers(), group, &[whole], MOST_SHARING).await?;
        let mut roots: Vec<Uuid> = gathered.found.iter().map(|found| found.root_id).collect();
        let last_record = |root: &Uuid| {
            let records = gathered.histories.get(root).map(|history| &history.records);
            records
                .and_then(|records| records.last())
                .map(|record| record.occurred_at)
        };
        roots.sort_by_key(|root| std::cmp::Reverse(last_record(root)));
        let clients = roots
            .into_iter()
            .take(MOST_CALLERS)
            .filter_map(|root| card::summary_of(&gathered, root, &present))
            .collect();
        Ok(LookupPhoneReply {
            e164: number.e164,
            clients,
        })
    }
}
