//! The card and its short form, gathered over all members of the surviving id.

use std::collections::{BTreeMap, BTreeSet};

use edina_proto::registry::v1::{Card, ClientSummary, GetContactabilityReply, MergeLink, VehicleRoute};
use edina_proto::time::to_proto;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, id, review, root_of};
use crate::{
    client::{card, evidence, freshness::Present, history::History, summary},
    store::{self, reading::Gathered},
};

/// Most ids of one call for summaries.
const MOST_SUMMARIES: usize = 500;
/// Open reviews shown on a card.
const MOST_REVIEWS: i64 = 20;

impl Registry {
    /// The card of any id the client ever had.
    pub async fn card(&self, caller: &Caller, client_id: &str) -> Result<Card, RegistryError> {
        let group = caller.group.as_str();
        let present = self.present(&caller.group).await?;
        let mut tx = self.begin(caller).await?;
        let root = root_of(&mut tx, group, id("client_id", client_id)?).await?;
        let (mut card, history) = cards(&mut tx, group, &[root], &present)
            .await?
            .remove(&root)
            // Of some nothing is left: their import was undone, or every record turned out to be another's.
            .filter(|(_, history)| !history.records.is_empty())
            .ok_or(RegistryError::NotFound("client"))?;
        let members: Vec<Uuid> = history.members.iter().map(|member| member.id).collect();
        let contacts: Vec<(String, String)> = card
            .contacts
            .iter()
            .filter(|contact| !contact.local)
            .map(|contact| (contact.kind.clone(), contact.value.clone()))
            .collect();
        for (kind, value, count) in store::keys::cards_with(&mut tx, group, &contacts).await? {
            let others = u32::try_from(count.saturating_sub(1)).unwrap_or(0);
            for contact in card
                .contacts
                .iter_mut()
                .filter(|c| c.kind == kind && c.value == value)
            {
                contact.shared_with = others;
            }
        }
        for link in store::merges::active(&mut tx, group, &members).await? {
            card.merges.push(MergeLink {
                merge_id: link.id.to_string(),
                client_id: link.kept_id.to_string(),
                other_client_id: link.absorbed_id.to_string(),
                at: Some(to_proto(link.at)),
                actor_employee_id: link.by_employee_id,
                reason: link.reason,
            });
        }
        let looking = store::reviews::Looking {
            clients: &members,
            employee_id: caller.employee_id(),
        };
        let mut open = store::reviews::open_page(&mut tx, group, &looking, None, MOST_REVIEWS).await?;
        let room = MOST_REVIEWS.saturating_sub(i64::try_from(open.len()).unwrap_or(MOST_REVIEWS));
        if room > 0 {
            open.extend(store::reviews::skipped_page(&mut tx, group, &looking, None, room).await?);
        }
        card.reviews = open.into_iter().map(review::wire).collect();
        tx.rollback().await?;
        self.name_related(caller, &mut card).await?;
        Ok(card)
    }

    /// Fills in who the clients are that the card is related to, and which of its people they are.
    async fn name_related(&self, caller: &Caller, card: &mut Card) -> Result<(), RegistryError> {
        let ids: Vec<String> = card
            .relations
            .iter()
            .map(|relation| relation.client_id.clone())
            .chain(routes(card).map(|route| route.client_id.clone()))
            .collect::<BTreeSet<String>>()
            .into_iter()
            .collect();
        let names = self
            .summaries(caller, ids.get(..MOST_SUMMARIES).unwrap_or(&ids))
            .await?;
        for relation in &mut card.relations {
            if let Some(other) = names.get(&relation.client_id) {
                relation.client_id.clone_from(&other.client_id);
                relation.display_name.clone_from(&other.display_name);
            }
        }
        for route in card.vehicles.iter_mut().flat_map(|role| &mut role.routes) {
            if let Some(other) = names.get(&route.client_id) {
                route.display_name.clone_from(&other.display_name);
            }
        }
        for person in &mut card.decision_makers {
            let own = names.values().find(|other| {
                other.display_name.to_lowercase() == person.name.to_lowercase()
                    || (!person.phone.is_empty() && other.phone == person.phone)
            });
            person.client_id = own.map(|other| other.client_id.clone()).unwrap_or_default();
        }
        Ok(())
    }

    /// Short forms, keyed by the ids asked for.
    pub async fn summaries(
        &self,
        caller: &Caller,
        client_ids: &[String],
    ) -> Result<BTreeMap<String, ClientSummary>, RegistryError> {
        if client_ids.len() > MOST_SUMMARIES {
            return Err(RegistryError::invalid(
                "client_ids",
                format!("at most {MOST_SUMMARIES} at once"),
            ));
        }
        let ids: Vec<Uuid> = client_ids.iter().filter_map(|text| text.parse().ok()).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let present = self.present(&caller.group).await?;
        let gathered = store::reading::of(self.database.readers(), caller.group.as_str(), &ids).await?;
        let found: BTreeMap<Uuid, ClientSummary> = gathered
            .histories
            .keys()
            .filter_map(|root| Some((*root, summary_of(&gathered, *root, &present)?)))
            .collect();
        Ok(client_ids
            .iter()
            .filter_map(|text| {
                let root = gathered.root_of.get(&text.parse::<Uuid>().ok()?)?;
                Some((text.clone(), found.get(root)?.clone()))
            })
            .collect())
    }

    /// What the send gate needs at the moment of sending.
    pub async fn contactability(
        &self,
        caller: &Caller,
        client_id: &str,
    ) -> Result<GetContactabilityReply, RegistryError> {
        let group = caller.group.as_str();
        let asked = id("client_id", client_id)?;
        let mut gathered = store::reading::of(self.database.readers(), group, &[asked]).await?;
        let root = gathered.root_of.get(&asked).copied();
        let root = root.ok_or(RegistryError::NotFound("client"))?;
        let mut history = gathered
            .histories
            .remove(&root)
            .ok_or(RegistryError::NotFound("client"))?;
        let members: Vec<Uuid> = history.members.iter().map(|member| member.id).collect();
        let mut tx = self.begin(caller).await?;
        history.consents = store::consents::ledger(&mut tx, group, &members).await?;
        tx.rollback().await?;
        let present = self.present(&caller.group).await?;
        let card = card::assemble(&history, &gathered.vehicle_ids, &present);
        // The one to use first comes first; one that does not reach him is not told at all.
        let values = |kind: &str| -> Vec<String> {
            card.contacts
                .iter()
                // Nothing can be sent to a number without its code.
                .filter(|contact| contact.kind == kind && !contact.local)
                .filter(|contact| contact.datum.as_ref().is_none_or(|datum| datum.state != "wrong"))
                .map(|contact| contact.value.clone())
                .collect()
        };
        let (phones, emails) = (values("phone"), values("email"));
        let references = |kind: &str, values: &[String]| {
            values
                .iter()
                .map(|value| self.references.of(group, root, kind, value))
                .collect()
        };
        let salutation: Vec<&str> = [&card.first_name, &card.middle_name]
            .into_iter()
            .flatten()
            .filter(|_| card.kind == "person" && card.first_name.is_some())
            .map(|datum| datum.value.as_str())
            .collect();
        // The branch he last dealt with.
        let branch = history
            .records
            .iter()
            .rev()
            .map(|record| &record.said.branch_id)
            .find(|id| !id.is_empty());
        Ok(GetContactabilityReply {
            client_id: card.client_id.clone(),
            display_name: card.display_name.clone(),
            salutation: salutation.join(" "),
            locale: String::new(),
            phone_refs: references("phone", &phones),
            email_refs: references("email", &emails),
            phones,
            emails,
            branch_id: branch.cloned().unwrap_or_default(),
            consents: card.consents,
        })
    }
}

fn routes(card: &Card) -> impl Iterator<Item = &VehicleRoute> {
    card.vehicles.iter().flat_map(|role| &role.routes)
}

/// Cards with the histories they were made of, by root.
pub(super) async fn cards(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
    present: &Present,
) -> Result<BTreeMap<Uuid, (Card, History)>, RegistryError> {
    let histories = store::history::load(connection, group, roots).await?;
    let keys: BTreeSet<String> = histories
        .values()
        .flat_map(|history| &history.records)
        .flat_map(|record| evidence::vehicles(&record.said, record.id))
        .map(|vehicle| vehicle.key)
        .collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let vehicle_ids = store::vehicles::ids(connection, group, &keys).await?;
    Ok(histories
        .into_iter()
        .map(|(root, history)| (root, (card::assemble(&history, &vehicle_ids, present), history)))
        .collect())
}

/// The short form of a card that was gathered.
pub(super) fn summary_of(gathered: &Gathered, root: Uuid, present: &Present) -> Option<ClientSummary> {
    Some(summary::of_card(&brief_of(gathered, root, present)?))
}

/// As much of a card that was gathered as its short form shows.
pub(super) fn brief_of(gathered: &Gathered, root: Uuid, present: &Present) -> Option<Card> {
    let history = gathered.histories.get(&root)?;
    Some(card::brief(history, &gathered.vehicle_ids, present))
}
