//! A company that ends leaves its people (R98): whoever it named is a client from then on, and worked there until that day.
//!
//! In the transaction that says so, and once: who was kept before, or works there by what people said, is not kept again. Who
//! was said to work there without an end has that end on his card as long as the company's card says it: it is put there when
//! it is read (`store::relations::of`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use edina_proto::registry::v1::DecisionMaker;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Registry, RegistryError, facts, relations,
    resolve::{Reading, STAYED},
};
use crate::{
    client::{
        company,
        history::{History, Record, RelationEntry},
        record::Said,
    },
    store,
};

/// The relation of a person to the business he is.
const OWN_BUSINESS: &str = "sole_proprietorship";

impl Registry {
    /// Makes clients of a company's people, as the correction with this id and day says that it ended.
    pub(super) async fn keep_people(
        &self,
        tx: &mut PgConnection,
        caller: &Caller,
        company: &History,
        (correction_id, ended): (Uuid, &str),
    ) -> Result<(), RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let members: Vec<Uuid> = company.members.iter().map(|member| member.id).collect();
        let Some(root) = company.root_id() else {
            return Ok(());
        };
        // Whose business it was is known already where his own card is related to it.
        let has_card = company
            .relations
            .iter()
            .any(|relation| relation.kind == OWN_BUSINESS);
        let proprietor = company::proprietor(company).filter(|_| !has_card);
        let mut people = company::decision_makers(company);
        if let Some(proprietor) = &proprietor {
            people.retain(|person| person.name.to_lowercase() != proprietor.name.to_lowercase());
            people.push(proprietor.clone());
        }
        // Kept by an earlier end, perhaps of a card that is a part of this one now.
        let ids: Vec<String> = people
            .iter()
            .flat_map(|person| members.iter().map(|member| external_id(*member, person)))
            .collect();
        let kept = store::records::places_of(tx, group, "console", &ids).await?;
        let known = |person: &DecisionMaker| {
            let mut of = members.iter().map(|member| external_id(*member, person));
            of.find_map(|id| kept.get(&id)).map(|place| place.client_id)
        };
        let said: Vec<(usize, Said)> = people
            .iter()
            .enumerate()
            .filter(|(_, person)| known(person).is_none())
            .map(|(at, person)| (at, said(root, person, now)))
            .collect();
        // A number whose code nobody knew then is of the town where it was typed.
        let homes = self.homes(&caller.group);
        let branch = |person: &DecisionMaker| {
            let named = |record: &&Record| record.id.to_string() == person.source_record_id;
            let record = company.records.iter().find(named);
            record.map(|record| record.said.branch_id.as_str())
        };
        let home = |at: usize| homes.at(people.get(at).and_then(branch).unwrap_or_default());
        // Of whom nothing can be read nobody can be made.
        let readings: Vec<(usize, Reading<'_>)> = said
            .iter()
            .filter_map(|(at, said)| Some((*at, Reading::of(said, None, now, &home(*at)).ok()?)))
            .collect();
        let (places, readings): (Vec<usize>, Vec<Reading<'_>>) = readings.into_iter().unzip();
        let (resolved, _) = self.resolve_in(tx, caller, &readings, None).await?;
        let made: BTreeMap<usize, Uuid> = places
            .into_iter()
            .zip(resolved.into_iter().map(|one| one.client_id))
            .collect();
        let clients: Vec<(&DecisionMaker, Uuid)> = people
            .iter()
            .enumerate()
            .filter_map(|(at, person)| Some((person, known(person).or_else(|| made.get(&at).copied())?)))
            .collect();
        let named: BTreeSet<Uuid> = clients.iter().map(|(_, client)| *client).collect();
        let related: BTreeSet<Uuid> = company
            .relations
            .iter()
            .filter(|relation| relation.kind == "employer")
            .map(|relation| relation.from_client_id)
            .chain(named)
            .collect();
        let related: Vec<Uuid> = related.into_iter().collect();
        let roots = store::clients::roots_of(tx, group, &related).await?;
        let mut employed: BTreeSet<Uuid> = company
            .relations
            .iter()
            .filter(|relation| relation.kind == "employer" && members.contains(&relation.to_client_id))
            .filter_map(|relation| roots.get(&relation.from_client_id).copied())
            .collect();
        let until = ended.parse::<NaiveDate>().ok();
        let until = until
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(|at| at.and_utc());
        for (person, client) in clients {
            let Some(own) = roots.get(&client).copied().filter(|own| *own != root) else {
                continue;
            };
            if !employed.insert(own) {
                continue;
            }
            let entry = RelationEntry {
                id: Uuid::now_v7(),
                kind: if proprietor.as_ref() == Some(person) {
                    OWN_BUSINESS
                } else {
                    "employer"
                }
                .to_owned(),
                from_client_id: client,
                to_client_id: root,
                position: person.position.clone(),
                buyer_role: person.buyer_role.clone(),
                since: None,
                until,
                source: "console".to_owned(),
                source_record_id: None,
                by_employee_id: caller.employee_id().to_owned(),
                at: now,
                undone_at: None,
                correction_id: Some(correction_id),
                proposed: false,
                because: "liquidation".to_owned(),
                other_record_id: None,
            };
            relations::note(tx, caller, &entry, now).await?;
        }
        self.tell_employed(tx, caller, &company.relations, &members).await
    }

    /// Those who were said to work at the company, without an end: on their cards that date changes with the company's.
    async fn tell_employed(
        &self,
        tx: &mut PgConnection,
        caller: &Caller,
        relations: &[RelationEntry],
        members: &[Uuid],
    ) -> Result<(), RegistryError> {
        let group = caller.group.as_str();
        let endless = |entry: &&RelationEntry| {
            entry.kind == "employer" && entry.until.is_none() && members.contains(&entry.to_client_id)
        };
        let employed: Vec<Uuid> = relations
            .iter()
            .filter(endless)
            .map(|entry| entry.from_client_id)
            .collect();
        let roots = store::clients::roots_of(tx, group, &employed).await?;
        // In the order of their ids, so that nobody waits in a ring.
        for root in roots.into_values().collect::<BTreeSet<Uuid>>() {
            facts::changed(tx, caller, root, "relation", self.clock.now()).await?;
        }
        Ok(())
    }

    /// A company that did not end after all: its people are clients still, and no former employees. Who worked there before
    /// works there as he did.
    pub(super) async fn undo_end(
        &self,
        tx: &mut PgConnection,
        caller: &Caller,
        root: Uuid,
        correction_id: Uuid,
    ) -> Result<(), RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        for entry in store::relations::undo_of(tx, group, correction_id, now, caller.employee_id()).await? {
            relations::tell(tx, caller, &entry, now).await?;
        }
        let members = store::clients::members(tx, group, &[root]).await?;
        let relations = store::relations::of(tx, group, &members).await?;
        self.tell_employed(tx, caller, &relations, &members).await
    }
}

fn external_id(company: Uuid, person: &DecisionMaker) -> String {
    // Within the bounds of an id, whatever somebody is called.
    let name: String = person.name.to_lowercase().chars().take(60).collect();
    format!("{STAYED}{company}:{name}")
}

fn said(company: Uuid, person: &DecisionMaker, now: chrono::DateTime<chrono::Utc>) -> Said {
    let one = |value: &String| Some(value.clone()).filter(|value| !value.is_empty());
    Said {
        source: "console".to_owned(),
        external_id: external_id(company, person),
        kind: "contact".to_owned(),
        occurred_at: Some(now),
        full_name: person.name.clone(),
        phones: one(&person.phone).into_iter().collect(),
        emails: one(&person.email).into_iter().collect(),
        ..Said::default()
    }
}
