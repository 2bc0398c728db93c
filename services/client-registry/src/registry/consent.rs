//! Consents and refusals said to us, with their proof.

use chrono::{DateTime, Utc};
use edina_proto::registry::v1::{ConsentChanged, ConsentState};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, facts, id, merge, root_of};
use crate::{
    client::{card, consent, evidence, history::ConsentEntry, record::ConsentSaid},
    store,
};

/// Longest proof and version of a text, characters.
const LONGEST: usize = 500;

impl Registry {
    /// Adds to the ledger; answers what is in force, and the word.
    pub async fn record_consent(
        &self,
        caller: &Caller,
        client_id: &str,
        said: &ConsentSaid,
    ) -> Result<(Vec<ConsentState>, Uuid), RegistryError> {
        evidence::check_said_consent(said)?;
        if said.granted && said.proof.trim().is_empty() {
            return Err(RegistryError::invalid(
                "consent.proof",
                "a consent needs its proof: where and how it was given",
            ));
        }
        for (field, text) in [
            ("consent.proof", &said.proof),
            ("consent.text_version", &said.text_version),
        ] {
            if text.chars().count() > LONGEST || text.chars().any(|c| c == '\0') {
                return Err(RegistryError::invalid(
                    field,
                    format!("must be at most {LONGEST} characters of text"),
                ));
            }
        }
        let client_id = id("client_id", client_id)?;
        let now = self.clock.now();
        let mut tx = self.begin(caller).await?;
        let source = if caller.service == "gateway" {
            "console"
        } else {
            caller.service.as_str()
        };
        let word = facts::note_consent(&mut tx, caller, client_id, said, source, now).await?;
        let root = root_of(&mut tx, caller.group.as_str(), client_id).await?;
        let in_force = in_force(&mut tx, caller, root).await?;
        self.commit(tx).await?;
        Ok((in_force, word))
    }

    /// Takes back a word that a person wrote down; answers the surviving id of its card and what is in force there.
    pub async fn undo_consent(
        &self,
        caller: &Caller,
        consent_id: &str,
    ) -> Result<(Uuid, Vec<ConsentState>), RegistryError> {
        let consent_id = id("consent_id", consent_id)?;
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let mut tx = self.begin(caller).await?;
        // A refusal lies with several clients, which a merge must not part meanwhile.
        merge::one_at_a_time(&mut tx, group).await?;
        let lines = store::consents::of_word(&mut tx, group, consent_id).await?;
        let first = lines.first().ok_or(RegistryError::NotFound("consent"))?;
        if first.undone_at.is_some() {
            return Err(RegistryError::Conflict("this word was taken back before"));
        }
        if !first.by_hand() {
            return Err(RegistryError::Conflict(
                "the client said this himself: write down what he says now",
            ));
        }
        let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
        store::consents::undo(&mut tx, group, &ids, now, caller.employee_id()).await?;
        let mut clients: Vec<Uuid> = lines.iter().map(|line| line.client_id).collect();
        clients.sort_unstable();
        let mut roots: Vec<Uuid> = store::clients::roots_of(&mut tx, group, &clients)
            .await?
            .into_values()
            .collect();
        roots.sort_unstable();
        roots.dedup();
        for root in roots {
            tell_undone(&mut tx, caller, root, first, now).await?;
        }
        let root = root_of(&mut tx, group, first.client_id).await?;
        let in_force = in_force(&mut tx, caller, root).await?;
        self.commit(tx).await?;
        Ok((root, in_force))
    }
}

async fn in_force(
    connection: &mut PgConnection,
    caller: &Caller,
    root: Uuid,
) -> Result<Vec<ConsentState>, RegistryError> {
    let group = caller.group.as_str();
    let members = store::clients::members(connection, group, &[root]).await?;
    let ledger = store::consents::ledger(connection, group, &members).await?;
    Ok(consent::effective(&members, &ledger)
        .into_iter()
        .map(card::consent_state)
        .collect())
}

/// An entry of the timeline, and the fact: what counts now.
async fn tell_undone(
    connection: &mut PgConnection,
    caller: &Caller,
    root: Uuid,
    word: &ConsentEntry,
    now: DateTime<Utc>,
) -> Result<(), RegistryError> {
    let group = caller.group.as_str();
    let told = [
        ("purpose", word.purpose.clone()),
        ("channel", word.channel.clone()),
        ("granted", word.granted.to_string()),
        ("what", "undone".to_owned()),
    ];
    let entry = facts::own_entry(caller, root, "consent_changed", root.to_string(), now, &told);
    store::timeline::put(connection, group, &entry).await?;
    let counts = in_force(connection, caller, root).await?;
    let version = store::clients::touch(connection, group, root).await?;
    let fact = ConsentChanged {
        client_id: root.to_string(),
        purpose: word.purpose.clone(),
        channel: word.channel.clone(),
        granted: counts
            .iter()
            .any(|state| state.purpose == word.purpose && state.channel == word.channel && state.granted),
        version,
    };
    facts::say(connection, caller, &fact, now).await
}
