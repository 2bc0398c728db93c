//! The same woman in every charset, declared rightly, wrongly and not at all.

use e2e::{System, api::text, eventually, people::Person};

use crate::asking::{adf, all_ready, form};

/// Text in a one-byte charset, by its table of the upper half.
fn one_byte(text: &str, upper: impl Fn(char) -> u8) -> Vec<u8> {
    let byte = |c: char| {
        u8::try_from(c)
            .ok()
            .filter(u8::is_ascii)
            .unwrap_or_else(|| upper(c))
    };
    text.chars().map(byte).collect()
}

/// windows-1251, as far as these names go.
fn cp1251(c: char) -> u8 {
    match c {
        'ё' => 0xb8,
        'Ё' => 0xa8,
        _ => u8::try_from(u32::from(c) - u32::from('А') + 0xc0).unwrap_or(b'?'),
    }
}

/// koi8-r, as far as these names go.
fn koi8(c: char) -> u8 {
    const SMALL: &str = "юабцдефгхийклмнопярстужвьызшэщчъ";
    let place = |c: char| {
        let found = SMALL.chars().position(|small| small == c);
        found.and_then(|at| u8::try_from(at).ok())
    };
    let small = c.to_lowercase().next().unwrap_or(c);
    match (place(c), place(small)) {
        (Some(at), _) => 0xc0 + at,
        (None, Some(at)) => 0xe0 + at,
        _ if c == 'ё' => 0xa3,
        _ => b'?',
    }
}

fn utf16(text: &str, mark: bool, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    let head = mark.then(|| bytes(0xfeff)).into_iter().flatten();
    head.chain(text.encode_utf16().flat_map(&bytes)).collect()
}

fn document(declared: &str, person: &Person) -> String {
    let declaration = match declared {
        "" => String::new(),
        _ => format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>"),
    };
    format!(
        "{declaration}<adf><prospect><customer><contact><name part=\"full\">{}</name><phone>{}</phone></contact>\
         <comments>Здравствуйте, хочу записаться на пробную поездку в субботу.</comments></customer></prospect></adf>",
        person.full_name(),
        person.e164()
    )
}

#[tokio::test]
async fn a_name_is_the_same_in_every_charset() {
    let system = System::shared().await;
    let api = system.api();
    let mut people = Vec::new();
    let mut send = async |declared: &str, kind: &str, bytes: &dyn Fn(&str) -> Vec<u8>| {
        let person = Person::woman();
        let said = adf(&system, bytes(&document(declared, &person)), kind).await;
        assert!(said.lead().is_some(), "{declared} {kind}: {said:?}");
        people.push((person, format!("{declared} {kind}")));
    };
    let plain = "application/xml";
    let utf8 = |text: &str| text.as_bytes().to_vec();
    for (declared, kind) in [
        ("UTF-8", plain),
        ("windows-1251", plain),
        ("utf-16", plain),
        ("no-such-charset", plain),
        ("", "application/xml; charset=koi8-r"),
        ("", "text/plain; charset=\"\""),
        ("", "application/xml; charset=iso-8859-1"),
    ] {
        send(declared, kind, &utf8).await;
    }
    for (declared, kind) in [("windows-1251", plain), ("", plain), ("UTF-8", plain)] {
        send(declared, kind, &|text| one_byte(text, cp1251)).await;
    }
    for (declared, kind) in [
        ("koi8-r", plain),
        ("", plain),
        ("", "application/xml; charset=KOI8-R"),
    ] {
        send(declared, kind, &|text| one_byte(text, koi8)).await;
    }
    for mark in [true, false] {
        send("UTF-16", plain, &|text| utf16(text, mark, u16::to_le_bytes)).await;
        send("", plain, &|text| utf16(text, mark, u16::to_be_bytes)).await;
    }
    for (person, how) in people {
        let found = eventually(&how, async || api.only(&person.e164()).await).await;
        assert!(
            text(&found, "display_name").contains(&person.last_name),
            "{how}: {found} instead of {}",
            person.last_name
        );
    }
    all_ready(&system).await;
}

#[tokio::test]
async fn a_form_in_a_charset_of_the_last_century_is_read() {
    let system = System::shared().await;
    let api = system.api();
    for (label, table) in [("windows-1251", cp1251 as fn(char) -> u8), ("koi8-r", koi8)] {
        let person = Person::man();
        let escaped: String = one_byte(&person.full_name(), table)
            .iter()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        let kind = format!("application/x-www-form-urlencoded; charset={label}");
        let said = form(
            &system,
            format!("name={escaped}&phone=%2B7{}", person.digits),
            &kind,
        )
        .await;
        assert!(said.lead().is_some(), "{said:?}");
        let found = eventually(label, async || api.only(&person.e164()).await).await;
        assert!(
            text(&found, "display_name").contains(&person.last_name),
            "{label}: {found}"
        );
    }
}
