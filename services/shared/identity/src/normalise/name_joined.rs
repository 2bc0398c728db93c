//! Names of several words: `ван дер Вальс`, `Римский - Корсаков`, `ибн Ахмад`; and words of a name field that are no name.

use super::given_names;
use super::name_roles::surname_gender;
use super::name_words::Word;
use crate::text::script::fold_word;

/// Words that stand before a surname and belong to it; folded.
const OF_SURNAME: &[&str] = &[
    "ван",
    "вон",
    "фон",
    "цу",
    "дер",
    "ден",
    "тер",
    "де",
    "ди",
    "да",
    "ду",
    "дю",
    "дос",
    "дель",
    "делла",
    "аль",
    "эль",
];
/// Words before a father's name; folded.
const OF_FATHER: &[&str] = &["ибн", "бин", "бен", "бинт"];
/// Words after a father's name; folded.
const AFTER_FATHER: &[&str] = &["оглы", "кызы", "оглу", "гызы", "угли", "кизи", "уулу", "улы"];

/// What a token does to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joins {
    /// It is a word by itself.
    None,
    /// It goes with the next word, which is of a surname.
    Surname,
    /// It goes with the next word, which is a father's name.
    Father,
    /// It goes with the word before, which is a father's name.
    AfterFather,
}

/// What the token at a place does. `Ван` is a surname and a middle name in the East: it goes with the next word where that is
/// such a particle too, or where another word is a given name we know.
pub(super) fn joins(tokens: &[String], at: usize) -> Joins {
    let Some(token) = tokens.get(at) else {
        return Joins::None;
    };
    let last = at + 1 >= tokens.len();
    match token.as_str() {
        word if at > 0 && AFTER_FATHER.contains(&word) => Joins::AfterFather,
        word if at > 0 && !last && OF_FATHER.contains(&word) => Joins::Father,
        "ван" | "да" | "ди" | "ду" if !last => {
            let next = tokens
                .get(at + 1)
                .is_some_and(|next| OF_SURNAME.contains(&next.as_str()));
            let mut others = tokens.iter().enumerate().filter(|(i, _)| *i != at);
            let named = others.any(|(_, other)| given_names::look_up(other).is_some_and(|k| k.exact));
            if next || named {
                Joins::Surname
            } else {
                Joins::None
            }
        }
        word if !last && OF_SURNAME.contains(&word) => Joins::Surname,
        _ => Joins::None,
    }
}

/// Father's part of a name that says whose son or daughter somebody is: `ибн Ахмад` is `ахмад`, `Рашид оглы` is `рашид`.
pub(super) fn father(patronymic: &str) -> String {
    let mut words = patronymic.split(' ').map(fold_word);
    let first = words.next().unwrap_or_default();
    match OF_FATHER.contains(&first.as_str()) {
        true => words.next().unwrap_or(first),
        false => first,
    }
}

/// A surname of several words, as it is compared: `Салтыков Щедрин` is `салтыков-щедрин`.
pub(super) fn surname(shown: &str) -> String {
    let words: Vec<String> = shown
        .split(' ')
        .map(fold_word)
        .filter(|w| !w.is_empty())
        .collect();
    words.join("-")
}

/// Two words of which one name is made, the first keeping what it may be besides.
pub(super) fn joined(first: &Word, second: &Word) -> Word {
    Word {
        shown: format!("{} {}", first.shown, second.shown),
        ..second.clone()
    }
}

/// Makes one word of two surnames without the hyphen, `Салтыков Щедрин Михаил`, where enough is left to be called by.
pub(super) fn surnames_joined(words: &[Word]) -> Option<Vec<Word>> {
    let family = |w: &Word| w.gendered_surname && !w.known_given() && !w.patronymic;
    let at = words.windows(2).position(|two| two.iter().all(family))?;
    let (head, rest) = words.split_at_checked(at)?;
    let (two, tail) = rest.split_at_checked(2)?;
    let others = || head.iter().chain(tail);
    let called = others().any(Word::known_given) || others().filter(|w| w.initial.is_some()).count() == 2;
    let [first, second] = two else { return None };
    called.then(|| {
        let one = joined(first, second);
        others_with(head, one, tail)
    })
}

fn others_with(head: &[Word], one: Word, tail: &[Word]) -> Vec<Word> {
    head.iter()
        .cloned()
        .chain([one])
        .chain(tail.iter().cloned())
        .collect()
}

/// Surname, given name and father's name of four words or more: nothing said is lost. The father's name is the one that ends
/// like it, the given name stands before it or is one we know; whatever is neither is of the surname. `None` where two people
/// are named.
pub(super) fn of_many(words: &[&Word]) -> Option<[Option<Word>; 3]> {
    let is_father = |w: &&&Word| w.patronymic && !w.known_given();
    let father = words.iter().position(|w| is_father(&w));
    let known = |i: usize| words.get(i).is_some_and(|w| w.known_given());
    let called: Vec<usize> = (0..words.len()).filter(|i| known(*i)).collect();
    let apart = called
        .windows(2)
        .any(|two| matches!(two, [one, other] if one + 1 != *other));
    if words.iter().filter(is_father).count() > 1 || apart || called.len() > 2 {
        return None;
    }
    let before = father.and_then(|f| f.checked_sub(1));
    let given = before
        .filter(|i| known(*i))
        .or_else(|| (0..words.len()).find(|i| Some(*i) != father && known(*i)))
        .or(before)?;
    // A second given name stands beside the first: Анна Мария.
    let twin = [given.checked_sub(1), Some(given + 1)]
        .into_iter()
        .flatten()
        .find(|i| Some(*i) != father && known(*i));
    let of = |at: &[usize]| {
        let mut named = at.iter().filter_map(|i| words.get(*i));
        let first = Word::clone(named.next()?);
        Some(named.fold(first, |all, next| Word {
            shown: format!("{} {}", all.shown, next.shown),
            ..all
        }))
    };
    let mut givens: Vec<usize> = twin.into_iter().chain([given]).collect();
    givens.sort_unstable();
    let family: Vec<usize> = (0..words.len())
        .filter(|i| Some(*i) != father && !givens.contains(i))
        .collect();
    let father: Vec<usize> = father.into_iter().collect();
    Some([of(&family), of(&givens), of(&father)])
}

/// The first of two people in one field: `Иванов Пётр и Мария`, `Иванов Пётр, Иванова Мария`.
pub(super) fn first_of_two(text: &str) -> &str {
    let word = |t: &str| fold_word(t.split([' ', ',']).find(|w| !w.is_empty()).unwrap_or_default());
    let named = |t: &str| given_names::look_up(&word(t)).is_some_and(|k| k.exact);
    let family = |t: &str| surname_gender(&word(t)).is_some();
    let has_given = |t: &str| t.split([' ', ',']).any(named);
    for (at, mark) in text.match_indices(" и ").chain(text.match_indices(", ")) {
        let (Some(head), Some(tail)) = (text.get(..at), text.get(at + mark.len()..)) else {
            continue;
        };
        let two = match mark {
            ", " => has_given(head) && family(tail) && has_given(tail),
            _ => named(tail) || family(tail) && has_given(tail),
        };
        if two {
            return head;
        }
    }
    text
}

/// What is written where nobody knows a name; small letters, as typed.
const NOBODY: &[&str] = &[
    "тест",
    "тестовый",
    "тестовая",
    "test",
    "testing",
    "аноним",
    "анонимный",
    "анонимно",
    "anonymous",
    "неизвестно",
    "неизвестный",
    "неизвестная",
    "неизвестен",
    "unknown",
    "не",
    "указано",
    "указан",
    "указана",
    "указывать",
    "без",
    "имени",
    "имя",
    "фамилия",
    "фамилии",
    "отчество",
    "отчества",
    "фио",
    "нет",
    "нету",
    "данных",
    "отсутствует",
    "пусто",
    "none",
    "null",
    "noname",
    "nobody",
    "name",
    "no",
    "гость",
    "guest",
    "новый",
    "новая",
    "частное",
    "частный",
    "лицо",
    "физлицо",
    "физ",
    "физическое",
    "розничный",
    "розница",
    "скрыт",
    "скрытый",
    "номер",
    "безымянный",
    "посетитель",
    "клиент",
    "клиентка",
    "клиента",
    "client",
    "customer",
    "покупатель",
    "абонент",
    "subscriber",
    "заявка",
    "с",
    "сайта",
    "контакт",
    "лид",
    "lead",
];
/// What somebody is, said before his name.
const PARTS_PLAYED: &[&str] = &[
    "клиент",
    "клиентка",
    "покупатель",
    "абонент",
    "client",
    "customer",
];

/// Whether nothing in a field names anybody: `Не указано`, `Клиент`, `тест`.
pub(super) fn names_nobody(tokens: &[&str]) -> bool {
    let mut words = tokens
        .iter()
        .filter(|t| t.chars().any(char::is_alphabetic))
        .peekable();
    words.peek().is_some() && words.all(|t| NOBODY.contains(&t.to_lowercase().as_str()))
}

/// Whether a word says what somebody is and not who.
pub(super) fn is_part_played(token: &str) -> bool {
    PARTS_PLAYED.contains(&token.to_lowercase().as_str())
}
