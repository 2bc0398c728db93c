//! Why two are one client, or why they are not: weighed now, with the model that decides now; and of two on one card what
//! brought them together then.

use std::collections::BTreeSet;

use edina_identity::{
    Profile,
    engine::{base, compare::Rarity, crowd::Crowds, keys::number_of_phone, place::explain},
};
use edina_proto::{
    registry::v1::{KeptReason, PairExplanation},
    time::to_proto,
};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Registry, RegistryError, id, resolve::MOST_HOLDERS, review};
use crate::{
    client::{component, why},
    store::{
        self,
        explaining::{Joined, Named},
        keys::Holders,
        profiles::Kept,
    },
};

impl Registry {
    /// Weighs two source records, or two clients, against each other.
    pub async fn explain_pair(
        &self,
        caller: &Caller,
        left: &str,
        right: &str,
    ) -> Result<PairExplanation, RegistryError> {
        let (left, right) = (id("left_id", left)?, id("right_id", right)?);
        if left == right {
            return Err(RegistryError::invalid("right_id", "must be another than left_id"));
        }
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let one = store::explaining::named(&mut tx, group, left).await?;
        let one = one.ok_or(RegistryError::NotFound("left_id"))?;
        let other = store::explaining::named(&mut tx, group, right).await?;
        let other = other.ok_or(RegistryError::NotFound("right_id"))?;
        let same_card = one.root_id == other.root_id;
        let (kept, _) = store::profiles::of_cards(&mut tx, group, &[one.root_id, other.root_id]).await?;
        let (one_is, other_is) = (Side::of(&one, &other), Side::of(&other, &one));
        let (mine, theirs) = (one_is.profile(&kept, &other_is), other_is.profile(&kept, &one_is));
        let model = self.models.of(&mut tx, group).await?;
        let terms: Vec<_> = [&mine, &theirs].into_iter().flat_map(base::terms).collect();
        let counts = store::keys::counts(&mut tx, group, &terms, None).await?;
        let crowds = crowds(&mut tx, group, (&mine, &theirs)).await?;
        let found = explain(&mine, &theirs, &Rarity::new(&counts).among(&crowds), &model.model);
        let thresholds = model.model.thresholds;
        let verdict = if found.conflict.is_none() && found.bits >= thresholds.link {
            "link"
        } else if found.conflict.is_none() && found.bits >= thresholds.ask {
            "ask"
        } else {
            "new"
        };
        let families = store::clients::families(&mut tx, group, &[one.root_id, other.root_id]).await?;
        let of = |root: Uuid| -> Vec<Uuid> {
            families
                .iter()
                .filter(|(_, at)| **at == root)
                .map(|(client, _)| *client)
                .collect()
        };
        let links = if same_card {
            links(&mut tx, group, &of(one.root_id), (&one, &other)).await?
        } else {
            Vec::new()
        };
        // The engine keeps why it merges.
        let by_people = |link: &KeptReason| link.kind == "merge" && link.evidence.is_empty();
        let ruling =
            if store::verdicts::are_separate(&mut tx, group, &of(one.root_id), &of(other.root_id)).await? {
                "different"
            } else if links.iter().any(by_people) {
                "same"
            } else {
                ""
            };
        let told = why::explained(found, &mine, &theirs, model.version);
        Ok(PairExplanation {
            bits: told.bits,
            evidence: told.evidence.into_iter().map(review::evidence).collect(),
            rival: told.rival,
            verdict: verdict.to_owned(),
            same_card,
            left_client_id: one.root_id.to_string(),
            right_client_id: other.root_id.to_string(),
            ruling: ruling.to_owned(),
            model_version: model.version,
            link_bits: thresholds.link,
            ask_bits: thresholds.ask,
            left_is: one_is.word().to_owned(),
            right_is: other_is.word().to_owned(),
            links,
        })
    }
}

/// Whether a crowd speaks by a number of both, as was looked at when they were placed. A number of more clients than are looked
/// at brings nobody together.
async fn crowds(
    connection: &mut PgConnection,
    group: &str,
    (one, other): (&Profile, &Profile),
) -> Result<Crowds, RegistryError> {
    let theirs = |phone: &str| other.phones.iter().any(|held| &*held.value == phone);
    let shared = one
        .phones
        .iter()
        .map(|held| &*held.value)
        .filter(|phone| theirs(phone));
    let keys: Vec<i64> = shared.map(number_of_phone).collect();
    if keys.is_empty() {
        return Ok(Crowds::default());
    }
    let holders = store::keys::holders(connection, group, &keys, MOST_HOLDERS).await?;
    let clients: BTreeSet<Uuid> = holders
        .into_values()
        .flat_map(|holders| match holders {
            Holders::Few(clients) => clients,
            Holders::TooMany => Vec::new(),
        })
        .collect();
    let clients: Vec<Uuid> = clients.into_iter().collect();
    let (kept, _) = store::profiles::of_cards(connection, group, &clients).await?;
    Ok(Crowds::of(kept.iter().map(|kept| &kept.profile)))
}

/// What is weighed for an id.
enum Side {
    /// One record.
    Record(Uuid),
    /// Everything on a card.
    Card(Uuid),
    /// What one of the clients that became a card came with.
    Client(Uuid),
}

impl Side {
    /// A card is not weighed against itself: of two clients on one card each stands for what he came with.
    fn of(this: &Named, other: &Named) -> Self {
        match &this.record {
            Some(record) => Self::Record(record.id),
            None if this.root_id != other.root_id => Self::Card(this.root_id),
            // A record is weighed against all the others of its card.
            None if other.record.is_some() && this.client_id == this.root_id => Self::Card(this.root_id),
            None => Self::Client(this.client_id),
        }
    }

    fn has(&self, kept: &Kept) -> bool {
        match self {
            Self::Record(id) => kept.record_id == *id,
            Self::Card(root) => kept.root_id == *root,
            Self::Client(id) => kept.client_id == *id,
        }
    }

    /// What it says, without the record that it is weighed against.
    fn profile(&self, kept: &[Kept], other: &Self) -> Profile {
        let mut profile = Profile::default();
        for kept in kept.iter().filter(|kept| self.has(kept)) {
            if !matches!(other, Self::Record(id) if *id == kept.record_id) {
                profile.join(&kept.profile);
            }
        }
        profile
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Record(_) => "record",
            Self::Card(_) => "card",
            Self::Client(_) => "client",
        }
    }
}

/// What brought two of one card together, from the left to the right.
async fn links(
    connection: &mut PgConnection,
    group: &str,
    members: &[Uuid],
    (one, other): (&Named, &Named),
) -> Result<Vec<KeptReason>, RegistryError> {
    let joined = store::explaining::joined(connection, group, members).await?;
    let edges: Vec<(Uuid, Uuid)> = joined
        .iter()
        .map(|link| (link.kept_id, link.absorbed_id))
        .collect();
    let way = component::way(&edges, one.client_id, other.client_id);
    let merges = way
        .into_iter()
        .filter_map(|(at, backwards)| Some(merged(joined.get(at)?, backwards)));
    Ok(placed(one)
        .into_iter()
        .chain(merges)
        .chain(placed(other))
        .collect())
}

/// Why the record came to its client, if the engine weighed it.
fn placed(side: &Named) -> Option<KeptReason> {
    let record = side.record.as_ref()?;
    let why = record.why.clone()?;
    Some(KeptReason {
        kind: "record".to_owned(),
        id: record.id.to_string(),
        client_id: side.client_id.to_string(),
        at: Some(to_proto(record.received_at)),
        bits: why.bits,
        evidence: why.evidence.into_iter().map(review::evidence).collect(),
        model_version: why.model_version,
        ..KeptReason::default()
    })
}

fn merged(link: &Joined, backwards: bool) -> KeptReason {
    let kept = link.evidence.as_ref().map(|kept| kept.0.clone());
    let (evidence, rival) = why::parted(kept.unwrap_or_default());
    let (client, other) = if backwards {
        (link.absorbed_id, link.kept_id)
    } else {
        (link.kept_id, link.absorbed_id)
    };
    KeptReason {
        kind: "merge".to_owned(),
        id: link.id.to_string(),
        client_id: client.to_string(),
        other_client_id: other.to_string(),
        at: Some(to_proto(link.at)),
        actor_employee_id: link.by_employee_id.clone(),
        reason: link.reason.clone(),
        bits: link.bits.unwrap_or_default(),
        evidence: evidence.into_iter().map(review::evidence).collect(),
        model_version: link.model_version.unwrap_or_default(),
        rival,
        source_record_id: link.cause_record_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}
