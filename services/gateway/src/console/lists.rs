//! What the dense lists share: filters in the address, the branches and people their filters offer.

use edina_proto::directory::v1::Group;
use serde::Serialize;
use serde_json::{Value, json};

use crate::session::Identity;

/// A filter as the beginning of a query string, `&` at its end; empty when nothing is filtered.
pub fn query(filter: &impl Serialize) -> String {
    match serde_urlencoded::to_string(filter) {
        Ok(text) if !text.is_empty() => format!("{text}&"),
        _ => String::new(),
    }
}

/// The branches within the requester's scope.
pub fn branches(people: &Group, who: &Identity) -> Vec<String> {
    let seen = people
        .branches
        .iter()
        .filter(|branch| who.sees_branch(&branch.branch_id));
    seen.map(|branch| branch.branch_id.clone()).collect()
}

/// Who can answer the telephone in the requester's branches.
pub fn with_extension(people: &Group, who: &Identity) -> Vec<Value> {
    employees(people, who, |extension| !extension.is_empty())
}

/// Everybody active in the requester's branches.
pub fn everybody(people: &Group, who: &Identity) -> Vec<Value> {
    employees(people, who, |_| true)
}

fn employees(people: &Group, who: &Identity, fits: impl Fn(&str) -> bool) -> Vec<Value> {
    people
        .employees
        .iter()
        .filter(|one| one.active && who.sees_branch(&one.branch_id) && fits(&one.extension))
        .map(|one| json!({ "employee_id": one.employee_id, "display_name": one.display_name }))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn filters_go_into_the_address_escaped() {
        assert_eq!(super::query(&[("state", "a&b")]), "state=a%26b&");
        assert_eq!(super::query(&[] as &[(&str, &str); 0]), "");
    }
}
