//! What can be done with a lead.

use axum::response::Response;
use edina_proto::{
    common::v1::Money,
    intake::v1::{
        AssignLeadRequest, CloseLeadRequest, MarkAnsweredRequest, MoveLeadRequest, ReopenLeadRequest,
    },
};

use super::super::act::Act;
use crate::http::{api::leads::visible, problem::Problem};

fn after(act: &Act, lead_id: &str) -> Response {
    act.back_or(&format!("/leads/{lead_id}"))
}

/// `POST /leads/{id}/move`
pub async fn step(act: Act) -> Result<Response, Problem> {
    let lead_id = visible(&act.gateway, &act.who, &act.address).await?.lead_id;
    let request = MoveLeadRequest {
        lead_id: lead_id.clone(),
        step: act.fields.required("step")?,
        reason: act.fields.text("reason"),
    };
    act.ask(request).await?;
    Ok(after(&act, &lead_id))
}

/// `POST /leads/{id}/answered`
pub async fn answered(act: Act) -> Result<Response, Problem> {
    let lead_id = visible(&act.gateway, &act.who, &act.address).await?.lead_id;
    act.ask(MarkAnsweredRequest {
        lead_id: lead_id.clone(),
        note: act.fields.text("note"),
    })
    .await?;
    Ok(after(&act, &lead_id))
}

/// `POST /leads/{id}/close`
pub async fn close(act: Act) -> Result<Response, Problem> {
    let lead = visible(&act.gateway, &act.who, &act.address).await?;
    let outcome = act.fields.required("outcome")?;
    if !["won", "lost"].contains(&outcome.as_str()) {
        return Err(Problem::field("outcome", "is neither of the two", "won or lost"));
    }
    let request = CloseLeadRequest {
        lead_id: lead.lead_id.clone(),
        vehicle: lead.vehicles.first().filter(|_| outcome == "won").cloned(),
        outcome,
        reason: act.fields.required("reason")?,
        note: act.fields.text("note"),
        amount: amount(act.fields.get("amount"))?,
    };
    act.ask(request).await?;
    Ok(after(&act, &lead.lead_id))
}

/// Roubles as typed, `1 250 000` or `1250000,50`.
fn amount(typed: &str) -> Result<Option<Money>, Problem> {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '₽')
        .collect::<String>()
        .replace(',', ".");
    if plain.is_empty() {
        return Ok(None);
    }
    let wrong = || Problem::field("amount", "is no amount", "roubles, for instance 1 250 000");
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, "0"));
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let rest: i64 = format!("{rest:0<2}")
        .get(..2)
        .ok_or_else(wrong)?
        .parse()
        .map_err(|_| wrong())?;
    let minor = whole
        .checked_mul(100)
        .and_then(|minor| minor.checked_add(rest))
        .ok_or_else(wrong)?;
    if minor < 0 {
        Err(wrong())
    } else {
        Ok(Some(Money {
            minor,
            currency: "RUB".to_owned(),
        }))
    }
}

/// `POST /leads/{id}/reopen`
pub async fn reopen(act: Act) -> Result<Response, Problem> {
    let lead_id = visible(&act.gateway, &act.who, &act.address).await?.lead_id;
    act.ask(ReopenLeadRequest {
        lead_id: lead_id.clone(),
        reason: act.fields.text("reason"),
    })
    .await?;
    Ok(after(&act, &lead_id))
}

/// `POST /leads/{id}/assign`
pub async fn assign(act: Act) -> Result<Response, Problem> {
    let lead_id = visible(&act.gateway, &act.who, &act.address).await?.lead_id;
    let employee_id = act.fields.required("employee_id")?;
    let people = act.gateway.people(&act.who.group).await?;
    if !people
        .employees
        .iter()
        .any(|employee| employee.active && employee.employee_id == employee_id)
    {
        return Err(Problem::field(
            "employee_id",
            "names nobody who works here",
            "an active employee",
        ));
    }
    act.ask(AssignLeadRequest {
        lead_id: lead_id.clone(),
        employee_id,
    })
    .await?;
    Ok(after(&act, &lead_id))
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        let minor = |typed| amount(typed).unwrap().map(|amount| amount.minor);
        assert_eq!(minor("1 250 000"), Some(125_000_000));
        assert_eq!(minor("99,5"), Some(9950));
        assert_eq!(minor(""), None);
        for wrong in ["-5", "много", "1.2.3", "99999999999999999999", "5.ж"] {
            assert!(amount(wrong).is_err(), "{wrong}");
        }
    }
}
