//! E-mail addresses: what to write to, and what to compare.

use serde::{Deserialize, Serialize};

use crate::text;

/// An address as it can be used, and the mailbox it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Email {
    /// Lower case, ready to send to.
    pub address: String,
    /// Equal for every spelling of one mailbox: `+alias`, Gmail dots, Yandex domains.
    pub match_key: String,
    /// A desk rather than a person: `info@`, `zakaz@`.
    pub role_account: bool,
    /// Typed only because the field was mandatory: `no@mail.ru`, `test@test.ru`.
    pub placeholder: bool,
}

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("the e-mail is empty")]
    Empty,
    #[error("an e-mail address has exactly one @")]
    NoAt,
    #[error("the part before @ has characters an address cannot have")]
    BadLocal,
    #[error("the part after @ is not a domain, for instance mail.ru")]
    BadDomain,
    #[error("the e-mail is longer than 254 characters")]
    TooLong,
}

const ROLES: &[&str] = &[
    "info",
    "sales",
    "office",
    "admin",
    "mail",
    "zakaz",
    "order",
    "orders",
    "support",
    "contact",
    "buh",
    "buhgalter",
    "buhgalteria",
    "reception",
    "secretary",
    "hr",
    "zakupki",
    "manager",
    "service",
    "post",
    "help",
    "postmaster",
    "webmaster",
    "director",
    "company",
    "priemnaya",
    "kadry",
    "snab",
    "logist",
    "auto",
    "client",
    "clients",
];
/// Never a mailbox, whatever the domain.
const REFUSALS: &[&str] = &[
    "noemail",
    "nomail",
    "no-email",
    "no_email",
    "no-mail",
    "noreply",
    "no-reply",
    "netu",
    "netpochty",
    "netpochti",
    "otkaz",
];
/// Not a mailbox at a free provider or at a domain of the same word: `no@mail.ru`, `test@test.ru`.
const FILLERS: &[&str] = &[
    "no", "none", "net", "test", "a", "aa", "aaa", "asd", "qwerty", "qwe", "123", "1", "111", "12345",
    "example", "mail", "email", "nan", "null", "xxx", "user",
];
const FREE_PROVIDERS: &[&str] = &[
    "mail.ru",
    "bk.ru",
    "list.ru",
    "inbox.ru",
    "ya.ru",
    "yandex.ru",
    "gmail.com",
    "rambler.ru",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "me.com",
    "live.com",
    "yahoo.com",
    "protonmail.com",
    "proton.me",
    "internet.ru",
    "vk.com",
    "ro.ru",
    "lenta.ru",
    "autorambler.ru",
    "myrambler.ru",
    "googlemail.com",
    "yandex.com",
    "yandex.by",
    "yandex.kz",
    "narod.ru",
    "ukr.net",
];

/// Most addresses taken from one field.
const MOST_PIECES: usize = 8;

/// Whether anybody can have a mailbox at the domain.
pub fn is_free_provider(domain: &str) -> bool {
    FREE_PROVIDERS.contains(&domain)
}

fn is_placeholder(base: &str, domain: &str) -> bool {
    let same_word = domain.split('.').next() == Some(base);
    REFUSALS.contains(&base) || (FILLERS.contains(&base) && (same_word || FREE_PROVIDERS.contains(&domain)))
}

/// Reads one address. Takes `mailto:` and `Name <a@b.ru>` apart, repairs a comma before the top-level domain,
/// blanks around the @ and Cyrillic letters that look Latin.
pub fn normalise(raw: &str) -> Result<Email, EmailError> {
    let text = text::clean(raw);
    let inner = match (text.find('<'), text.rfind('>')) {
        (Some(from), Some(to)) if from < to => &text[from + 1..to],
        _ => text.as_str(),
    };
    let lower = inner.trim().to_lowercase();
    let lower = lower.strip_prefix("mailto:").unwrap_or(&lower);
    let joined = without_words_beside(lower);
    let address = joined
        .trim_matches(|c: char| ".,;:<>\"'()".contains(c))
        .replace(',', ".");
    if address.is_empty() {
        return Err(EmailError::Empty);
    }
    if address.len() > 254 {
        return Err(EmailError::TooLong);
    }
    let (local, domain) = address.split_once('@').ok_or(EmailError::NoAt)?;
    if domain.contains('@') {
        return Err(EmailError::NoAt);
    }
    let local = latin_if_mixed(local);
    let domain = latin_if_mixed(domain);
    let local_ok = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    if local.is_empty() || local.len() > 64 || !local.chars().all(local_ok) || local.contains("..") {
        return Err(EmailError::BadLocal);
    }
    let label_ok = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let top_ok = top.chars().count() >= 2 && !top.chars().all(|c| c.is_ascii_digit());
    if !domain.contains('.') || !domain.split('.').all(label_ok) || !top_ok {
        return Err(EmailError::BadDomain);
    }
    let base = local
        .split('+')
        .next()
        .filter(|b| !b.is_empty())
        .unwrap_or(&local);
    Ok(Email {
        match_key: match_key(base, &domain),
        role_account: ROLES.contains(&base),
        placeholder: is_placeholder(base, &domain),
        address: format!("{local}@{domain}"),
    })
}

/// Without blanks, and without what is said beside an address: `рабочая ivan@mail.ru (секретарь)`.
fn without_words_beside(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    if let Some(at) = words.iter().position(|word| word.contains('@')) {
        let domain = words[at].rsplit('@').next().unwrap_or_default();
        let ends = domain.rsplit_once(['.', ',']).is_some_and(|(name, top)| {
            let top = top.trim_end_matches([')', '>', ';', '"']);
            !name.is_empty() && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)
        });
        if ends {
            words.truncate(at + 1);
        }
        if !words[at].starts_with('@') {
            let own = |word: &&str| !word.chars().any(text::script::is_cyrillic);
            let before = words[..at].iter().rev().take_while(|word| own(word)).count();
            words.drain(..at - before);
        }
    }
    words.concat()
}

/// The addresses of a field that holds several: `a@mail.ru, b@ya.ru`, `Иван <a@mail.ru>; b@ya.ru`, with blanks alone between
/// them. A field with one is that one, whatever else is in it.
pub fn pieces(raw: &str) -> Vec<String> {
    let whole = text::clean(raw);
    let mut out: Vec<String> = Vec::new();
    cut(&whole, &[';', '|', '/', '\\', ' ', ','], &mut out);
    out.truncate(MOST_PIECES);
    out
}

/// Cuts at the first of these signs that stands between two addresses, and what comes of it at the others.
fn cut(text: &str, signs: &[char], out: &mut Vec<String>) {
    let addresses = text.matches('@').count();
    let Some((sign, rest)) = signs.split_first().filter(|_| addresses > 1) else {
        if !text.trim().is_empty() {
            out.push(text.trim().to_owned());
        }
        return;
    };
    let mut piece = String::new();
    for part in text.split(*sign) {
        // `a@mail.ru b @ ya.ru`: the word before belongs to the sign after it.
        if part.starts_with('@')
            && let Some(at) = piece.rfind(*sign).filter(|_| piece.contains('@'))
        {
            let word = piece.split_off(at).split_off(sign.len_utf8());
            cut(&std::mem::replace(&mut piece, word), rest, out);
        }
        let starts_another = part.contains('@') && piece.contains('@');
        if starts_another {
            cut(&std::mem::take(&mut piece), rest, out);
        }
        // `ivan@mail,ru`: what holds no address belongs to the one before it, a name to the one after.
        if !piece.is_empty() {
            piece.push(*sign);
        }
        piece.push_str(part);
    }
    cut(&piece, rest, out);
}

fn match_key(base: &str, domain: &str) -> String {
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", base.replace('.', "")),
        "ya.ru" | "narod.ru" | "yandex.ru" | "yandex.com" | "yandex.by" | "yandex.kz" | "yandex.ua"
        | "яндекс.рф" => {
            format!("{}@yandex.ru", base.replace('.', "-"))
        }
        _ => format!("{base}@{domain}"),
    }
}

/// Repairs look-alikes when a part mixes scripts; a wholly Cyrillic domain is left alone.
fn latin_if_mixed(part: &str) -> String {
    if !part.chars().any(|c| c.is_ascii_alphabetic()) {
        return part.to_owned();
    }
    let repair = |c| text::script::cyrillic_to_latin_look(c).map_or(c, |l| l.to_ascii_lowercase());
    part.chars().map(repair).collect()
}

#[cfg(test)]
mod tests {
    use super::{EmailError, normalise};

    #[test]
    fn one_mailbox_has_one_key() {
        for (a, b) in [
            ("Ivan.Petrov+auto@gmail.com", "ivanpetrov@googlemail.com"),
            ("ivan.petrov@ya.ru", "Ivan-Petrov@yandex.ru"),
            ("mailto:Ivan@mail.ru", "Иван <ivan@mail.ru>"),
            ("ivan@mail,ru", "ivan @ mail.ru"),
        ] {
            assert_eq!(normalise(a).unwrap().match_key, normalise(b).unwrap().match_key);
        }
        assert_ne!(
            normalise("a.b@mail.ru").unwrap().match_key,
            normalise("ab@mail.ru").unwrap().match_key
        );
        assert!(normalise("info@firma.ru").unwrap().role_account);
        for typed in ["test@test.ru", "no@mail.ru", "noemail@firma.ru"] {
            assert!(normalise(typed).unwrap().placeholder, "{typed}");
        }
        for typed in ["mail@firma.ru", "romashka@romashka.ru", "ivan@example.com"] {
            assert!(!normalise(typed).unwrap().placeholder, "{typed}");
        }
    }

    #[test]
    fn refusals_say_why() {
        assert_eq!(normalise("  "), Err(EmailError::Empty));
        assert_eq!(normalise("ivan"), Err(EmailError::NoAt));
        assert_eq!(normalise("ivan@mail"), Err(EmailError::BadDomain));
        assert_eq!(normalise("a b@c@d.ru"), Err(EmailError::NoAt));
    }
}
