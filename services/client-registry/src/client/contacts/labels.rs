//! What sources call a phone or an e-mail: mobile, work, home (R118).

use crate::client::history::Record;

/// So many last digits are of one number: national and international writings differ before them.
const TAIL: usize = 9;

/// The labels of a value, each once, the newest word first. `records` are those that say it, the oldest first.
pub(super) fn of<'a>(
    kind: &str,
    value: &str,
    records: impl DoubleEndedIterator<Item = &'a Record>,
) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for record in records.rev() {
        for (typed, label) in &record.said.labels {
            if is_of(kind, value, typed) && !labels.contains(label) {
                labels.push(label.clone());
            }
        }
    }
    labels
}

/// Whether a typed value, which may hold several, holds this one.
fn is_of(kind: &str, value: &str, typed: &str) -> bool {
    match kind {
        "phone" => {
            let own = digits(value);
            let tail = &own[own.len().saturating_sub(TAIL)..];
            !tail.is_empty() && digits(typed).contains(tail)
        }
        "email" => typed.to_lowercase().contains(&value.to_lowercase()),
        _ => false,
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_label_is_of_the_numbers_and_addresses_it_was_typed_beside() {
        for typed in [
            "8 (916) 123-45-67",
            "+7 916 1234567 доб. 5",
            "89031112233; 89161234567",
        ] {
            assert!(is_of("phone", "+79161234567", typed), "{typed}");
        }
        assert!(is_of("phone", "5550102", "555-01-02"));
        assert!(is_of("email", "anna@example.com", "Анна <Anna@Example.com>"));
        assert!(!is_of("phone", "+79161234567", "8 916 123-45-68"));
        assert!(!is_of("email", "anna@example.com", "olga@example.com"));
        assert!(!is_of("messenger", "anna", "anna"));
    }
}
