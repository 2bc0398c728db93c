//! Language and theme, remembered with the account.

use axum::{Extension, extract::State, response::Response};

use super::form::{Fields, back};
use crate::{Gateway, http::problem::Problem, session::Identity, store};

/// `POST /looks`
pub async fn set(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    fields: Fields,
) -> Result<Response, Problem> {
    if let Some(person) = &who.person {
        let locale = match fields.get("locale") {
            chosen @ ("ru" | "en") => chosen,
            _ => &person.locale,
        };
        let theme = match fields.get("theme") {
            chosen @ ("auto" | "light" | "dark") => chosen,
            _ => &person.theme,
        };
        let mut tx = gateway.database.begin(&who.group).await?;
        store::accounts::set_looks(&mut tx, who.group.as_str(), person.account_id, locale, theme).await?;
        tx.commit().await?;
    }
    Ok(back(fields.get("back")))
}
