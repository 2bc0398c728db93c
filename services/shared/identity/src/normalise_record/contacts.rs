//! Phones and e-mails of a record, those in its comment included.

use super::{MAX_VALUES, non_empty};
use crate::normalise::{Home, comment, email, phone, phone_field::split_extension};
use crate::record::{Contact, Normalised, RecordInput};
use crate::text;

pub(super) fn phones(input: &RecordInput, home: &Home, n: &mut Normalised) {
    for typed in input
        .phones
        .iter()
        .take(MAX_VALUES)
        .filter(|p| non_empty(p).is_some())
    {
        let pieces = phone::pieces(typed);
        let mut read = false;
        for piece in pieces {
            match phone::parse(&piece, home) {
                Ok(found) if phone::is_junk(&found.e164) => {
                    warn_of_junk(n);
                    read = true;
                }
                Ok(found) => {
                    read = true;
                    by_code(&piece, home, n);
                    if !found.plausible {
                        n.warn(
                            "phones",
                            "phone_unusual",
                            "no numbering plan knows this phone",
                            "такого номера нет в планах нумерации",
                        );
                    }
                    if n.phones.len() < MAX_VALUES && !n.phones.iter().any(|p| p.e164 == found.e164) {
                        n.phones.push(found);
                    }
                }
                Err(phone::PhoneError::NoAreaCode) => {
                    read = true;
                    let tail = local(&piece);
                    if phone::is_junk_tail(&text::digits(&tail)) {
                        warn_of_junk(n);
                        continue;
                    }
                    n.warn(
                        "phones",
                        "phone_no_area_code",
                        "a city number without its code",
                        "городской номер без кода",
                    );
                    if n.phone_tails.len() < MAX_VALUES && !n.phone_tails.contains(&tail) {
                        n.phone_tails.push(tail);
                    }
                }
                Err(_) => {}
            }
        }
        if !read {
            n.warn(
                "phones",
                "phone_unreadable",
                "this is not a phone number",
                "это не номер телефона",
            );
        }
    }
}

/// Remembers that the code of the home was put before this one, if it was.
fn by_code(piece: &str, home: &Home, n: &mut Normalised) {
    if n.home.is_none() && phone::is_short(piece, home) {
        n.home = Some(home.clone());
    }
}

/// The digits of a city number; an inner number behind it is not dialled with it.
fn local(piece: &str) -> String {
    text::digits(split_extension(piece).0)
}

pub(super) fn emails(input: &RecordInput, n: &mut Normalised) {
    let typed = input.emails.iter().take(MAX_VALUES);
    let in_names = names(input).filter(|name| name.contains('@'));
    let in_names = in_names.flat_map(|name| name.split(' ').filter(|word| word.contains('@')));
    let pieces = typed.map(String::as_str).chain(in_names).flat_map(email::pieces);
    for typed in pieces.take(MAX_VALUES) {
        match email::normalise(&typed) {
            Ok(found) if found.placeholder => {
                n.warn(
                    "emails",
                    "email_placeholder",
                    "the e-mail is a placeholder",
                    "вместо почты заглушка",
                );
            }
            Ok(found) if n.emails.iter().any(|e| e.match_key == found.match_key) => {}
            Ok(found) => n.emails.push(found),
            Err(email::EmailError::Empty) => {}
            Err(reason) => n.warn(
                "emails",
                "email_unreadable",
                &reason.to_string(),
                "это не адрес электронной почты",
            ),
        }
    }
}

/// What stands where the client's name should.
fn names(input: &RecordInput) -> impl Iterator<Item = &str> {
    let all = [
        &input.full_name,
        &input.last_name,
        &input.first_name,
        &input.middle_name,
    ];
    all.into_iter().filter_map(Option::as_deref)
}

/// Numbers of the comment, and of names: another's stay apart, one's own join the others.
pub(super) fn in_text(input: &RecordInput, home: &Home, n: &mut Normalised) {
    let in_names = names(input).filter(|name| name.bytes().any(|b| b.is_ascii_digit()));
    let texts = input.comment.as_deref().into_iter().chain(in_names);
    for spoken in texts.flat_map(comment::phones) {
        match phone::parse(&spoken.number, home) {
            Ok(found) if phone::is_junk(&found.e164) => {}
            Ok(found) if spoken.of_another => {
                let known = n.relative_phones.contains(&found.e164);
                if !known && n.relative_phones.len() < MAX_VALUES {
                    n.relative_phones.push(found.e164);
                }
            }
            Ok(found) => {
                by_code(&spoken.number, home, n);
                if n.phones.len() < MAX_VALUES && !n.phones.iter().any(|p| p.e164 == found.e164) {
                    n.phones.push(found);
                }
            }
            Err(phone::PhoneError::NoAreaCode) if !spoken.of_another => {
                let tail = local(&spoken.number);
                if !phone::is_junk_tail(&text::digits(&tail))
                    && n.phone_tails.len() < MAX_VALUES
                    && !n.phone_tails.contains(&tail)
                {
                    n.phone_tails.push(tail);
                }
            }
            Err(_) => {}
        }
    }
}

/// People of a company, each with the numbers and addresses that are his.
pub(super) fn of_people(input: &RecordInput, home: &Home, n: &mut Normalised) {
    for typed in input.contacts.iter().take(MAX_VALUES) {
        let Some(name) = non_empty(&typed.name) else {
            continue;
        };
        let mut phones = Vec::new();
        for piece in phone::pieces(&typed.phone) {
            let read = phone::parse(&piece, home).ok();
            let read = read.filter(|found| phones.len() < MAX_VALUES && !phone::is_junk(&found.e164));
            if let Some(found) = read {
                by_code(&piece, home, n);
                phones.push(found);
            }
        }
        if phones.is_empty() && non_empty(&typed.phone).is_some() {
            n.warn(
                "contacts",
                "contact_phone_unreadable",
                "a contact person's phone is not a phone number with its code",
                "телефон контактного лица не номер с кодом",
            );
        }
        let emails = email::normalise(&typed.email)
            .ok()
            .filter(|found| !found.placeholder);
        n.contacts.push(Contact {
            name,
            position: non_empty(&typed.position).unwrap_or_default(),
            phones,
            emails: emails.into_iter().collect(),
        });
    }
}

fn warn_of_junk(n: &mut Normalised) {
    n.warn(
        "phones",
        "phone_junk",
        "the phone looks invented",
        "телефон похож на выдуманный",
    );
}
