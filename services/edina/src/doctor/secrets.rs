//! The key that signs calls between services: the same everywhere, and not to be guessed.

use std::collections::{BTreeMap, HashSet};

use secrecy::ExposeSecret as _;

use super::{
    finding::{Area, Finding, text},
    system::System,
};

const AREA: Area = Area::Settings;
const SHORTEST: usize = 32;
/// Fewer different characters than this are not random.
const LEAST_VARIETY: usize = 10;
const USUAL: [&str; 6] = ["secret", "changeme", "change-me", "password", "example", "caller"];

pub(crate) fn look(system: &System) -> Vec<Finding> {
    let mut holders: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    let services = system.services();
    for service in &services {
        let key = service.common.caller_key.expose_secret();
        holders.entry(key).or_default().push(service.facts.name);
    }
    let mut findings = Vec::new();
    if holders.len() > 1 {
        // The odd ones out, without their keys.
        let most = holders.values().map(Vec::len).max().unwrap_or_default();
        let odd: Vec<&str> = holders
            .values()
            .filter(|names| names.len() < most || most == 1)
            .flatten()
            .copied()
            .collect();
        let odd = odd.join(", ");
        findings.push(AREA.failure(
            "caller_key_differs",
            "caller_key",
            text(
                format!("не у всех служб один ключ: отличается у {odd}; их вызовы друг к другу отвергаются"),
                format!("not all services have the same key: it differs in {odd}; their calls to one another are refused"),
            ),
            text(
                "запишите один и тот же caller_key во все пять файлов и перезапустите все службы вместе",
                "write the same caller_key into all five files and restart all services together",
            ),
        ));
    }
    let weak = holders.keys().any(|key| is_weak(key));
    if weak {
        findings.push(AREA.failure(
            "caller_key_weak",
            "caller_key",
            text(
                "ключ можно угадать, а он открывает данные всех групп",
                "the key can be guessed, and it opens the data of all groups",
            ),
            text(
                "возьмите новый: openssl rand -hex 32; запишите его во все пять файлов и перезапустите все службы вместе",
                "take a new one: openssl rand -hex 32; write it into all five files and restart all services together",
            ),
        ));
    }
    if findings.is_empty() && !services.is_empty() {
        findings.push(AREA.ok(
            "caller_key",
            "caller_key",
            text(
                "один у всех служб, угадать нельзя",
                "the same for all services, not to be guessed",
            ),
        ));
    }
    findings
}

fn is_weak(key: &str) -> bool {
    let letters: HashSet<char> = key.chars().collect();
    let lower = key.to_lowercase();
    key.len() < SHORTEST || letters.len() < LEAST_VARIETY || USUAL.iter().any(|word| lower.starts_with(word))
}

#[cfg(test)]
mod tests {
    #[test]
    fn short_plain_and_usual_keys_are_weak() {
        for key in [
            "",
            "secret",
            "0000000000000000000000000000000000000000",
            "changeme-0123456789-abcdefghijklmnop",
        ] {
            assert!(super::is_weak(key), "{key}");
        }
        assert!(!super::is_weak("q7Zf3Kx9Lm2Rt8Vb5Nc1Hd6Jw4Ps0YgUaE"));
    }
}
