//! Whose request it is: a person with a session, or a program with a token.

use chrono::Duration;
use edina_postgres::Database;
use edina_runtime::{
    caller::{Actor, Caller},
    clock::SharedClock,
    group::GroupId,
};
use uuid::Uuid;

use super::{
    rights::{Right, Role},
    token,
};
use crate::store;

/// A session ends after this much disuse …
const IDLE: Duration = Duration::hours(12);
/// … and in any case after this.
pub const LIFETIME: Duration = Duration::days(14);
/// Use is written down this often, not with every request.
const TOUCH_EVERY: Duration = Duration::minutes(2);

/// A verified requester.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The dealership group; everything the request sees belongs to it.
    pub group: GroupId,
    /// The role.
    pub role: Role,
    /// Branch scope; empty means all.
    pub branches: Vec<String>,
    /// The person, unless it is a program.
    pub person: Option<Person>,
    /// The hash under which the session or the API token is stored.
    pub credential: [u8; 32],
}

/// A person with a session.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub account_id: Uuid,
    /// The name typed at sign-in.
    pub login: String,
    /// The employee of the directory; empty for none.
    pub employee_id: String,
    /// ru, en
    pub locale: String,
    /// auto, light, dark
    pub theme: String,
    /// What every changing request must carry.
    pub csrf: String,
}

impl Identity {
    /// Whether the requester may do that.
    pub fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    /// The employee id; empty for a program or an account without an employee.
    pub fn employee_id(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.employee_id)
    }

    /// Whether the branch is within the requester's scope. What belongs to no branch is everybody's.
    pub fn sees_branch(&self, branch_id: &str) -> bool {
        self.branches.is_empty() || branch_id.is_empty() || self.branches.iter().any(|own| own == branch_id)
    }

    /// The signed identity for calls to other services.
    pub fn caller(&self) -> Caller {
        Caller {
            service: "gateway".to_owned(),
            group: self.group.clone(),
            actor: Some(Actor {
                employee_id: self.employee_id().to_owned(),
                role: self.role.name().to_owned(),
                branches: self.branches.clone(),
            }),
        }
    }
}

/// The person behind a session cookie.
pub async fn of_cookie(
    database: &Database,
    clock: &SharedClock,
    cookie: &str,
) -> sqlx::Result<Option<Identity>> {
    let Some((group, hash)) = token::read(cookie) else {
        return Ok(None);
    };
    let now = clock.now();
    let found = store::sessions::find(database.readers(), group.as_str(), hash, now, now - IDLE).await?;
    let Some(row) = found.filter(|row| token::same(&row.token_hash, &hash)) else {
        return Ok(None);
    };
    if now - row.last_seen_at > TOUCH_EVERY {
        let mut tx = database.begin(&group).await?;
        store::sessions::touch(&mut tx, group.as_str(), &hash, now).await?;
        tx.commit().await?;
    }
    let Some(role) = Role::parse(&row.role) else {
        return Ok(None);
    };
    Ok(Some(Identity {
        group,
        role,
        branches: row.branches,
        person: Some(Person {
            account_id: row.account_id,
            login: row.login,
            employee_id: row.employee_id,
            locale: row.locale,
            theme: row.theme,
            csrf: token::csrf(cookie),
        }),
        credential: hash,
    }))
}

/// The program behind an API token.
pub async fn of_token(database: &Database, bearer: &str) -> sqlx::Result<Option<Identity>> {
    let Some(bare) = bearer.strip_prefix(token::API_PREFIX) else {
        return Ok(None);
    };
    let Some((group, hash)) = token::read(bare) else {
        return Ok(None);
    };
    let found = store::tokens::find(database.readers(), group.as_str(), hash).await?;
    let role = found
        .filter(|(stored, _)| token::same(stored, &hash))
        .and_then(|(_, role)| Role::parse(&role));
    Ok(role.map(|role| Identity {
        group,
        role,
        branches: Vec::new(),
        person: None,
        credential: hash,
    }))
}

/// Whether the session or the token still stands, with the same rights. Asking is no use of a session.
pub async fn stands(database: &Database, clock: &SharedClock, who: &Identity) -> sqlx::Result<bool> {
    let (group, hash) = (who.group.as_str(), who.credential);
    let readers = database.readers();
    Ok(if who.person.is_some() {
        let now = clock.now();
        let found = store::sessions::find(readers, group, hash, now, now - IDLE).await?;
        found.is_some_and(|row| row.role == who.role.name() && row.branches == who.branches)
    } else {
        let found = store::tokens::find(readers, group, hash).await?;
        found.is_some_and(|(_, role)| role == who.role.name())
    })
}
