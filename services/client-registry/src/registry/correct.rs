//! What people put right on a card, and take back; and what an employee learned, as a record of the console.

use chrono::{DateTime, NaiveDate, Utc};
use edina_identity::{Home, normalise::tax_id};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id, moves, root_of};
use crate::{
    client::{
        card, company, marks,
        record::{CompanySaid, Said},
        search_terms::{self, Term},
        vehicles,
    },
    store::{self, corrections::NewCorrection},
};

/// Longest corrected value, characters.
const LONGEST: usize = 300;

/// Corrections by which a client is found.
const SPOKEN: [&str; 6] = [
    "last_name",
    "first_name",
    "middle_name",
    "company_name",
    "inn",
    "ogrn",
];

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
        // Who ends a company makes clients of its people: nobody resolves meanwhile.
        let mut tx = if field == company::LIQUIDATED {
            self.begin_alone(caller).await?
        } else {
            self.begin(caller).await?
        };
        let root = root_of(&mut tx, group, client_id).await?;
        let history = store::history::load(&mut tx, group, &[root])
            .await?
            .remove(&root)
            .ok_or(RegistryError::NotFound("client"))?;
        let of_company = field == company::LIQUIDATED || company::FIELDS.contains(&field);
        if of_company && card::segment(&history) != "company" {
            return Err(RegistryError::Conflict(if field == company::LIQUIDATED {
                "a person cannot be liquidated"
            } else {
                "a person has no such field"
            }));
        }
        let correction = note(&mut tx, caller, client_id, (field, &value), now).await?;
        let terms = spoken_terms(field, &value, now);
        if !terms.is_empty() {
            store::corrections::index(&mut tx, group, client_id, &terms).await?;
        }
        tell(&mut tx, caller, (client_id, root), field, "corrected", now).await?;
        self.enter(&mut tx, caller, &[root]).await?;
        if field == company::LIQUIDATED {
            self.keep_people(&mut tx, caller, &history, (correction, &value))
                .await?;
        }
        self.commit(tx).await?;
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
        let gone = spoken_terms(&field, &undone.value, now);
        if !gone.is_empty() {
            moves::forget_terms(&mut tx, group, client_id, gone).await?;
        }
        if field == company::LIQUIDATED {
            self.undo_end(&mut tx, caller, root, correction_id).await?;
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
}

/// What a correction says in the words of a record, if its client is to be found by it.
fn spoken(field: &str, value: &str) -> Option<Said> {
    let mut said = Said::default();
    let mut company = CompanySaid::default();
    let place = match field {
        "last_name" => &mut said.last_name,
        "first_name" => &mut said.first_name,
        "middle_name" => &mut said.middle_name,
        "company_name" => &mut company.name,
        "inn" => &mut company.inn,
        "ogrn" => &mut company.ogrn,
        _ => return None,
    };
    value.clone_into(place);
    said.company = (company != CompanySaid::default()).then_some(company);
    Some(said)
}

/// What a client is found by because of a correction, if by anything. It is read alike wherever it was said.
fn spoken_terms(field: &str, value: &str, now: DateTime<Utc>) -> Vec<Term> {
    let read = |said: &Said| edina_identity::normalise(&said.input(now), &Home::default());
    spoken(field, value).map_or_else(Vec::new, |said| search_terms::terms(&said, &read(&said), &[]))
}

/// What these clients are found by because people corrected their names or numbers.
pub(super) async fn corrected_terms(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, Term)>> {
    let corrected = store::corrections::in_force(connection, group, clients, &SPOKEN).await?;
    Ok(corrected
        .iter()
        .flat_map(|line| {
            let terms = spoken_terms(&line.field, &line.value, DateTime::UNIX_EPOCH);
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
        "last_name" | "first_name" | "middle_name" | "address" | "company_name" | company::LEFT => {}
        "inn" => match tax_id::inn(value) {
            Ok(inn) if inn.checksum_ok => return Ok(inn.value),
            Ok(_) => return wrong("the INN's check digit is wrong"),
            Err(reason) => return wrong(&reason.to_string()),
        },
        "kpp" => return tax_id::kpp(value).or_else(|reason| wrong(&reason.to_string())),
        "ogrn" => return tax_id::ogrn(value).or_else(|reason| wrong(&reason.to_string())),
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
                "must be last_name, first_name, middle_name, birth_date, gender, partner, address, company_name, inn, kpp, \
                 ogrn, liquidated, asked_vehicle or left_company",
            ));
        }
    }
    Ok(value.to_owned())
}
