//! Why two are one client, or why they are not: weighed now, with the model that decides now.

use edina_identity::engine::{base, compare::Rarity, place::explain};
use edina_proto::registry::v1::PairExplanation;
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, id, review};
use crate::{
    client::why,
    store::{self, profiles::Side},
};

impl Registry {
    /// Weighs two source records, or two cards, against each other.
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
        let mut sides = Vec::with_capacity(2);
        for (field, id) in [("left_id", left), ("right_id", right)] {
            sides.push(
                store::profiles::side(&mut tx, group, id)
                    .await?
                    .ok_or(RegistryError::NotFound(field))?,
            );
        }
        let [one, other]: [Side; 2] = sides.try_into().map_err(|_| RegistryError::NotFound("record"))?;
        let model = self.models.of(&mut tx, group).await?;
        let terms: Vec<_> = [&one, &other]
            .iter()
            .flat_map(|side| base::terms(&side.profile))
            .collect();
        let counts = store::keys::counts(&mut tx, group, &terms).await?;
        let found = explain(&one.profile, &other.profile, &Rarity::new(&counts), &model.model);
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
        let same_card = one.root_id == other.root_id;
        let ruling =
            if store::verdicts::are_separate(&mut tx, group, &of(one.root_id), &of(other.root_id)).await? {
                "different"
            } else if same_card && store::merges::any_by_people(&mut tx, group, &of(one.root_id)).await? {
                "same"
            } else {
                ""
            };
        let told = why::explained(found, &one.profile, &other.profile, model.version);
        Ok(PairExplanation {
            bits: told.bits,
            evidence: told.evidence.into_iter().map(review::evidence).collect(),
            verdict: verdict.to_owned(),
            same_card,
            left_client_id: one.root_id.to_string(),
            right_client_id: other.root_id.to_string(),
            ruling: ruling.to_owned(),
            model_version: model.version,
            link_bits: thresholds.link,
            ask_bits: thresholds.ask,
        })
    }
}
