//! An absence that is off: somebody came back early, or it was written down by mistake.

use chrono::{DateTime, Utc};
use edina_postgres::Database;
use edina_runtime::{clock::SharedClock, group::GroupId};

use super::{DirectoryError, changed};
use crate::store;

/// Takes back the absence of an employee that begins at `from`; the published directory is without it.
pub async fn no_longer_absent(
    database: &Database,
    clock: &SharedClock,
    group: &GroupId,
    employee_id: &str,
    from: DateTime<Utc>,
) -> Result<(), DirectoryError> {
    let now = clock.now();
    let mut tx = database.begin(group).await?;
    if !store::directory::delete_absence(&mut tx, group.as_str(), employee_id, from).await? {
        return Err(DirectoryError::Unknown);
    }
    changed(&mut tx, group, now).await?;
    tx.commit().await?;
    Ok(())
}
