//! Who may be calling: one statement and the short forms. Stores nothing.

use edina_identity::normalise::phone;
use edina_identity::text::digits;
use edina_proto::registry::v1::LookupPhoneReply;
use edina_runtime::caller::Caller;

use super::{Registry, RegistryError, card, search};
use crate::{
    client::{history::History, search_terms::Told},
    store::reading::{self, Found, Reading},
};

/// Cards shown to the operator while the phone rings.
const MOST_CALLERS: usize = 10;
/// Cards of one number, the newest, among which those are chosen.
const MOST_SHARING: i32 = 50;

impl Registry {
    /// The clients that carry this number, the lately active first; the companies whose people do where nobody carries it
    /// himself.
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
        let (mut named, mut of_people, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        let mut found: Vec<&Found> = gathered.found.iter().collect();
        let last_record = |found: &Found| {
            let records = gathered
                .histories
                .get(&found.root_id)
                .map(|history| &history.records);
            records
                .and_then(|records| records.last())
                .map(|record| record.occurred_at)
        };
        found.sort_by_key(|found| std::cmp::Reverse(last_record(found)));
        for found in found {
            let told = Told::read(&found.shown);
            let Some(client) = card::summary_of(&gathered, found.root_id, &present) else {
                continue;
            };
            if let Some(person) = search::person(told, &client.client_id, &client.display_name) {
                of_people.push((client, person));
            } else if has_name(gathered.histories.get(&found.root_id)) {
                named.push(client);
            } else {
                bare.push(client);
            }
        }
        let people = of_people.iter().map(|(_, person)| person.clone());
        let people = people.take(MOST_CALLERS).collect();
        let mut clients = named;
        // Whose own number it is, calls for himself; else somebody of the company does, and not whoever nobody knows.
        if clients.is_empty() && !of_people.is_empty() {
            clients.extend(of_people.into_iter().map(|(client, _)| client));
        } else {
            clients.append(&mut bare);
        }
        clients.truncate(MOST_CALLERS);
        Ok(LookupPhoneReply {
            e164: number.e164,
            clients,
            people,
        })
    }
}

/// Whether more is known of a client than how to reach him.
fn has_name(history: Option<&History>) -> bool {
    history.is_some_and(|history| {
        let records = history.records.iter().map(|record| &record.normalised);
        records
            .into_iter()
            .any(|n| n.name.is_some() || n.contact.is_some() || n.company.is_some() || n.inn.is_some())
    })
}
