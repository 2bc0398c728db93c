//! What people put right on a card, and take back; and what an employee learned, as a record of the console.

use chrono::{DateTime, NaiveDate, Utc};
use edina_identity::Home;
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id, moves, relations::NewRelation, root_of};
use crate::{
    client::{
        card, company, marks,
        record::Said,
        search_terms::{self, Term},
        vehicles,
    },
    store::{self, corrections::NewCorrection},
};

/// Longest corrected value, characters.
const LONGEST: usize = 300;
const NAMES: [&str; 3] = ["last_name", "first_name", "middle_name"];

impl Registry {
    /// Puts a field right; answers the correction.
    pub async fn correct_field(
        &self,
        caller: &Caller,
        client_id: &str,
        field: &str,
        value: &str,
    ) -> Result<Uuid, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let value = checked(field, value.trim(), now)?;
        let client_id = id("client_id", client_id)?;
        let mut tx = self.begin(caller).await?;
        let root = root_of(&mut tx, group, client_id).await?;
        let history = store::history::load(&mut tx, group, &[root])
            .await?
            .remove(&root)
            .ok_or(RegistryError::NotFound("client"))?;
        if field == company::LIQUIDATED && card::segment(&history) != "company" {
            return Err(RegistryError::Conflict("a person cannot be liquidated"));
        }
        let correction = note(&mut tx, caller, client_id, (field, &value), now).await?;
        if NAMES.contains(&field) {
            let terms = name_terms(field, &value, now, &self.home);
            store::corrections::index(&mut tx, group, client_id, &terms).await?;
        }
        tell(&mut tx, caller, (client_id, root), field, "corrected", now).await?;
        self.enter(&mut tx, caller, &[root]).await?;
        self.commit(tx).await?;
        if field == company::LIQUIDATED {
            self.keep_people(
                caller,
                root,
                &company::decision_makers(&history, &self.home),
                &value,
            )
            .await?;
        }
        Ok(correction)
    }

    /// Takes a correction back; answers the surviving id of its card.
    pub async fn undo_correction(&self, caller: &Caller, correction_id: &str) -> Result<Uuid, RegistryError> {
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let correction_id = id("correction_id", correction_id)?;
        let mut tx = self.begin(caller).await?;
        let undone = store::corrections::undo(&mut tx, group, correction_id, now, caller.employee_id())
            .await?
            .ok_or(RegistryError::NotFound("correction"))?;
        let (client_id, field) = (undone.client_id, undone.field);
        let root = root_of(&mut tx, group, client_id).await?;
        if NAMES.contains(&field.as_str()) {
            let gone = name_terms(&field, &undone.value, now, &self.home);
            moves::forget_terms(&mut tx, group, client_id, gone).await?;
        }
        tell(&mut tx, caller, (client_id, root), &field, "undone", now).await?;
        self.enter(&mut tx, caller, &[root]).await?;
        self.commit(tx).await?;
        Ok(root)
    }

    /// Stores what an employee learned of a client, whatever the evidence says; answers the record.
    pub async fn add_by_hand(
        &self,
        caller: &Caller,
        client_id: &str,
        said: Said,
    ) -> Result<Uuid, RegistryError> {
        let client_id = id("client_id", client_id)?;
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        root_of(&mut tx, group, client_id).await?;
        tx.rollback().await?;
        let mut said = Said {
            source: "console".to_owned(),
            external_id: format!("by_hand:{}", Uuid::now_v7()),
            kind: "contact".to_owned(),
            occurred_at: Some(self.clock.now()),
            ..said
        };
        crate::client::evidence::check_parts(&said)?;
        said.extra
            .insert("employee_id".to_owned(), caller.employee_id().to_owned());
        Ok(self
            .resolve_as(caller, &said, Some(client_id))
            .await?
            .source_record_id)
    }

    /// A company that ends leaves its people: whom it named with a way to reach him becomes a client (R98).
    async fn keep_people(
        &self,
        caller: &Caller,
        company: Uuid,
        people: &[edina_proto::registry::v1::DecisionMaker],
        ended: &str,
    ) -> Result<(), RegistryError> {
        let until = ended
            .parse::<NaiveDate>()
            .ok()
            .and_then(|day| day.and_hms_opt(0, 0, 0));
        for person in people
            .iter()
            .filter(|person| !(person.phone.is_empty() && person.email.is_empty()))
        {
            let said = Said {
                source: "console".to_owned(),
                external_id: format!("left:{company}:{}", person.name.to_lowercase()),
                kind: "contact".to_owned(),
                occurred_at: Some(self.clock.now()),
                full_name: person.name.clone(),
                phones: Some(person.phone.clone())
                    .filter(|phone| !phone.is_empty())
                    .into_iter()
                    .collect(),
                emails: Some(person.email.clone())
                    .filter(|email| !email.is_empty())
                    .into_iter()
                    .collect(),
                ..Said::default()
            };
            let kept = self.resolve(caller, &said).await?;
            if kept.client_id == company {
                continue;
            }
            let relation = NewRelation {
                client_id: kept.client_id.to_string(),
                other_client_id: company.to_string(),
                kind: "employer".to_owned(),
                position: person.position.clone(),
                buyer_role: person.buyer_role.clone(),
                since: None,
                until: until.map(|at| at.and_utc()),
            };
            self.put_relation(caller, &relation).await?;
        }
        Ok(())
    }
}

/// What a corrected name is found by.
fn name_terms(field: &str, value: &str, now: DateTime<Utc>, home: &Home) -> Vec<Term> {
    let part = |name: &str| {
        if field == name {
            value.to_owned()
        } else {
            String::new()
        }
    };
    let said = Said {
        last_name: part("last_name"),
        first_name: part("first_name"),
        middle_name: part("middle_name"),
        ..Said::default()
    };
    search_terms::terms(&edina_identity::normalise(&said.input(now), home), &[])
}

/// What these clients are found by because people corrected their names.
pub(super) async fn corrected_terms(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, Term)>> {
    let corrected = store::corrections::in_force(connection, group, clients, &NAMES).await?;
    Ok(corrected
        .iter()
        .flat_map(|line| {
            // A name is read alike wherever it was said.
            let terms = name_terms(&line.field, &line.value, DateTime::UNIX_EPOCH, &Home::default());
            terms.into_iter().map(|term| (line.client_id, term))
        })
        .collect())
}

/// Stores a correction.
pub(super) async fn note(
    connection: &mut PgConnection,
    caller: &Caller,
    client_id: Uuid,
    (field, value): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Uuid, RegistryError> {
    let new = NewCorrection {
        id: Uuid::now_v7(),
        client_id,
        field,
        value,
        at: now,
        by_employee_id: caller.employee_id(),
    };
    store::corrections::insert(connection, caller.group.as_str(), &new).await?;
    Ok(new.id)
}

/// An entry of the timeline, and the fact.
async fn tell(
    connection: &mut PgConnection,
    caller: &Caller,
    (client_id, root): (Uuid, Uuid),
    field: &str,
    what: &str,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let told = [("field", field.to_owned()), ("what", what.to_owned())];
    let entry = facts::own_entry(caller, client_id, "corrected", root.to_string(), now, &told);
    store::timeline::put(connection, caller.group.as_str(), &entry).await?;
    facts::changed(connection, caller, root, "correction", now).await
}

/// The value as it is stored, or why it cannot be.
fn checked(field: &str, value: &str, now: DateTime<Utc>) -> Result<String, RegistryError> {
    let wrong = |reason: &str| Err(RegistryError::invalid("value", reason));
    if value.is_empty() || value.chars().count() > LONGEST || value.chars().any(char::is_control) {
        return wrong("must have 1 to 300 characters of text");
    }
    let day = || {
        value
            .parse::<NaiveDate>()
            .ok()
            .filter(|day| *day <= now.date_naive())
    };
    match field {
        "last_name" | "first_name" | "middle_name" | company::LEFT => {}
        "birth_date" | company::LIQUIDATED if day().is_some() => {}
        "birth_date" | company::LIQUIDATED => return wrong("must be a past date, YYYY-MM-DD"),
        "gender" if matches!(value, "male" | "female") => {}
        "gender" => return wrong("must be male or female"),
        marks::PARTNER if matches!(value, "yes" | "no") => {}
        marks::PARTNER => return wrong("must be yes or no"),
        vehicles::ASKED => {
            id("value", value)?;
        }
        _ => {
            return Err(RegistryError::invalid(
                "field",
                "must be last_name, first_name, middle_name, birth_date, gender, partner, liquidated, asked_vehicle or left_company",
            ));
        }
    }
    Ok(value.to_owned())
}
