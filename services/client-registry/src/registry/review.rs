//! Questions for a human, and the answers: one client, different ones, later. Every answer can be taken back.

mod place;

use edina_proto::{
    registry::v1::{Evidence, Review, ReviewDecided},
    time::to_proto,
};
use edina_runtime::caller::Caller;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Page, Registry, RegistryError, facts, id, merge, page_size};
use crate::{
    client::why,
    store::{
        self,
        reviews::{Looking, Row},
        verdicts::Saying,
    },
};

use place::Place;

const DEFAULT_PAGE: u32 = 30;

/// A human's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// One client: merge.
    Same,
    /// Different ones, for ever (until undone).
    Different,
    /// Later, or somebody else: it comes last for whoever skips it, and stays where it is for everybody else.
    Skip,
}

impl Decided {
    /// Reads same, different, skip.
    pub fn parse(word: &str) -> Result<Self, RegistryError> {
        match word {
            "same" => Ok(Self::Same),
            "different" => Ok(Self::Different),
            "skip" => Ok(Self::Skip),
            _ => Err(RegistryError::invalid(
                "decision",
                "must be same, different or skip",
            )),
        }
    }

    fn state(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Skip => "skipped",
        }
    }
}

impl Registry {
    /// A page of questions and how many are open: open ones by what an answer is worth, answered ones the last first.
    pub async fn reviews(
        &self,
        caller: &Caller,
        state: &str,
        client_id: &str,
        limit: u32,
        cursor: &str,
    ) -> Result<(Page<Review>, u32), RegistryError> {
        let open = match state {
            "" | "open" => true,
            "decided" => false,
            _ => return Err(RegistryError::invalid("state", "must be open or decided")),
        };
        let place = if cursor.is_empty() {
            None
        } else {
            Some(Place::read(cursor)?)
        };
        let limit = page_size(limit, DEFAULT_PAGE);
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        let members = if client_id.is_empty() {
            Vec::new()
        } else {
            let root = store::clients::root_of(&mut tx, group, id("client_id", client_id)?)
                .await?
                .ok_or(RegistryError::NotFound("client"))?;
            store::clients::members(&mut tx, group, &[root]).await?
        };
        let most = i64::from(limit) + 1;
        let looking = Looking {
            clients: &members,
            employee_id: caller.employee_id(),
        };
        let mut rows = if open {
            waiting(&mut tx, group, &looking, place, most).await?
        } else {
            let before = place.map(|place| Ok::<_, RegistryError>((place.at()?, place.id)));
            store::reviews::decided_page(&mut tx, group, &members, before.transpose()?, most).await?
        };
        let open_count = store::reviews::open_count(&mut tx, group).await?;
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|row| Place::of(row).to_string())
            .unwrap_or_default();
        let page = Page {
            rows: rows.into_iter().map(wire).collect(),
            next_cursor,
        };
        Ok((page, u32::try_from(open_count).unwrap_or(u32::MAX)))
    }

    /// Answers an open question.
    pub async fn decide_review(
        &self,
        caller: &Caller,
        review_id: &str,
        decision: Decided,
    ) -> Result<Review, RegistryError> {
        let review_id = id("review_id", review_id)?;
        let now = self.clock.now();
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        // Before the question is locked: taking an import back holds the turn when it comes to questions.
        merge::one_at_a_time(&mut tx, group).await?;
        let row = store::reviews::find(&mut tx, group, review_id)
            .await?
            .ok_or(RegistryError::NotFound("review"))?;
        if row.state != "open" && row.state != "skipped" {
            return Err(RegistryError::Conflict(
                "this question was answered before; undo the answer first",
            ));
        }
        let pair = (row.left_id, row.right_id);
        if decision != Decided::Skip {
            still_two(&mut tx, group, pair).await?;
        }
        let mut merge_id = None;
        match decision {
            Decided::Same => merge_id = Some(merge::link(&mut tx, caller, pair, "review", now).await?.0),
            Decided::Different => {
                let said = Saying {
                    cause_id: review_id,
                    at: now,
                    by_employee_id: caller.employee_id(),
                };
                store::verdicts::separate(&mut tx, group, pair, &said).await?;
            }
            Decided::Skip => {
                store::reviews::skip(&mut tx, group, review_id, caller.employee_id(), now).await?;
                let left = self.finish(tx, caller, review_id, decision.state()).await?;
                return Ok(Review {
                    skipped_at: Some(to_proto(now)),
                    ..left
                });
            }
        }
        store::reviews::decide(
            &mut tx,
            group,
            review_id,
            decision.state(),
            now,
            caller.employee_id(),
            merge_id,
        )
        .await?;
        self.finish(tx, caller, review_id, decision.state()).await
    }

    /// Takes an answer, or one's own putting off, back: the question is open again, or withdrawn if the import that raised it was taken back since.
    pub async fn undo_review(&self, caller: &Caller, review_id: &str) -> Result<Review, RegistryError> {
        let review_id = id("review_id", review_id)?;
        let now = self.clock.now();
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        // Before the question is locked: taking an import back holds the turn when it comes to questions.
        merge::one_at_a_time(&mut tx, group).await?;
        let row = store::reviews::find(&mut tx, group, review_id)
            .await?
            .ok_or(RegistryError::NotFound("review"))?;
        match (row.state.as_str(), row.merge_id) {
            ("open", _) => {
                if !store::reviews::unskip(&mut tx, group, review_id, caller.employee_id()).await? {
                    return Err(RegistryError::Conflict("this question is open"));
                }
                return self.finish(tx, caller, review_id, "open").await;
            }
            ("same", Some(merge_id)) => {
                // The merge may have been undone from the card meanwhile.
                let link = store::merges::find(&mut tx, group, merge_id).await?;
                if link.is_some_and(|link| link.undone_at.is_none()) {
                    merge::unlink(&mut tx, caller, merge_id, now).await?;
                }
            }
            ("different", _) => {
                let pair = (row.left_id, row.right_id);
                store::verdicts::take_back(&mut tx, group, pair, review_id, now).await?;
            }
            _ => {}
        }
        let state = store::reviews::reopen(&mut tx, group, review_id).await?;
        self.finish(tx, caller, review_id, &state).await
    }

    async fn finish(
        &self,
        mut tx: edina_postgres::Tx,
        caller: &Caller,
        review_id: Uuid,
        decision: &str,
    ) -> Result<Review, RegistryError> {
        let row = store::reviews::find(&mut tx, caller.group.as_str(), review_id)
            .await?
            .ok_or(RegistryError::NotFound("review"))?;
        let fact = ReviewDecided {
            review_id: review_id.to_string(),
            left_client_id: row.left_id.to_string(),
            right_client_id: row.right_id.to_string(),
            decision: decision.to_owned(),
            actor_employee_id: caller.employee_id().to_owned(),
        };
        facts::say(&mut tx, caller, &fact, self.clock.now()).await?;
        self.commit(tx).await?;
        Ok(wire(row))
    }
}

/// Open questions in the order they are asked: those worth most, then those that whoever looks put off.
async fn waiting(
    connection: &mut PgConnection,
    group: &str,
    looking: &Looking<'_>,
    place: Option<Place>,
    most: i64,
) -> Result<Vec<Row>, RegistryError> {
    if let Some(place) = place.filter(|place| place.skipped) {
        let after = Some((place.at()?, place.id));
        return Ok(store::reviews::skipped_page(connection, group, looking, after, most).await?);
    }
    let after = place.map(|place| (place.worth(), place.id));
    let mut rows = store::reviews::open_page(connection, group, looking, after, most).await?;
    let room = most - i64::try_from(rows.len()).unwrap_or(most);
    if room > 0 {
        rows.extend(store::reviews::skipped_page(connection, group, looking, None, room).await?);
    }
    Ok(rows)
}

/// Refuses an answer to a question that has answered itself.
async fn still_two(
    connection: &mut PgConnection,
    group: &str,
    (left, right): (Uuid, Uuid),
) -> Result<(), RegistryError> {
    let roots = store::clients::roots_of(connection, group, &[left, right]).await?;
    if roots.get(&left) == roots.get(&right) {
        return Err(RegistryError::Conflict(
            "the two are one card already: nothing is left to answer",
        ));
    }
    let riches = store::reviews::riches(connection, group, &[left, right]).await?;
    if riches.len() < 2 {
        return Err(RegistryError::Conflict(
            "one of the two has no records any more: they were taken back, or moved to another client",
        ));
    }
    Ok(())
}

/// A question for the wire.
pub(super) fn wire(row: Row) -> Review {
    let (told, rival) = why::parted(row.evidence.0);
    Review {
        review_id: row.id.to_string(),
        left_client_id: row.left_id.to_string(),
        right_client_id: row.right_id.to_string(),
        bits: row.bits,
        evidence: told.into_iter().map(evidence).collect(),
        rival,
        state: row.state,
        created_at: Some(to_proto(row.created_at)),
        decided_at: row.decided_at.map(to_proto),
        decided_by: row.decided_by,
        merge_id: row.merge_id.map(|id| id.to_string()).unwrap_or_default(),
        worth: row.worth,
        skipped_at: row.skipped_at.map(to_proto),
    }
}

/// What one field added, for the wire.
pub(super) fn evidence(evidence: why::Evidence) -> Evidence {
    Evidence {
        field: evidence.field,
        outcome: evidence.outcome,
        bits: evidence.bits,
        left: evidence.left,
        right: evidence.right,
    }
}
