//! What the words before a number say of it: whose it is, and whether it is a phone at all.

/// Beginnings of words for people who are not the client.
const OTHERS: &[&str] = &[
    "жен",
    "супруг",
    "муж",
    "сын",
    "доч",
    "мам",
    "мать",
    "матер",
    "отец",
    "отц",
    "пап",
    "брат",
    "сестр",
    "тёщ",
    "тещ",
    "свекр",
    "бабуш",
    "дед",
    "родств",
    "подруг",
    "друзь",
    "сосед",
    "коллег",
    "водител",
    "секретар",
    "менеджер",
    "бухг",
    "хозя",
    "владел",
    "директор",
    "механик",
    "представител",
    "доверенное",
    "доверенного",
    "доверенному",
    "wife",
    "husband",
    "daughter",
    "mother",
    "father",
    "brother",
    "sister",
    "friend",
    "manager",
    "owner",
    "driver",
];
/// The same as whole words: `другой номер` is no friend's, nor is a `тест-драйв` the father-in-law's.
const OTHERS_WHOLE: &[&str] = &[
    "друг",
    "друга",
    "другу",
    "тесть",
    "тестя",
    "тестю",
    "тестем",
    "бух",
    "son",
];
/// Beginnings of words that say the number is the client's own after all.
const OWN: &[&str] = &["клиент", "личн", "собствен", "заказчик", "client"];

/// Beginnings of words for a phone.
const PHONE: &[&str] = &[
    "телеф",
    "телегр",
    "звон",
    "позвон",
    "перезвон",
    "созвон",
    "дозвон",
    "моб",
    "сотов",
    "ватсап",
    "вотсап",
    "вацап",
    "вайбер",
    "контакт",
    "связ",
    "факс",
    "смс",
    "номер",
    "whatsapp",
    "viber",
    "telegram",
    "phone",
    "call",
    "mob",
    "sms",
];
const PHONE_WHOLE: &[&str] = &["тел", "тлф", "тф", "сот", "тг", "tel", "tg", "wa", "cell"];
/// Beginnings of words for other things that have numbers.
const THINGS: &[&str] = &[
    "инн",
    "кпп",
    "огрн",
    "снилс",
    "бик",
    "окпо",
    "октмо",
    "паспорт",
    "догов",
    "контракт",
    "заказ",
    "наряд",
    "заявк",
    "счет",
    "счёт",
    "накладн",
    "квитанц",
    "доверенност",
    "удостоверен",
    "птс",
    "эптс",
    "стс",
    "полис",
    "осаго",
    "каско",
    "карт",
    "лицев",
    "расчетн",
    "расчётн",
    "серии",
    "серия",
    "артикул",
    "трек",
    "штрих",
    "пробег",
    "кузов",
    "двигател",
    "шасси",
    "госномер",
    "сумм",
    "руб",
    "цен",
    "оплат",
    "стоимост",
    "скидк",
    "guid",
    "uuid",
    "passport",
    "contract",
    "order",
    "invoice",
    "inn",
];
const THINGS_WHOLE: &[&str] = &[
    "зн", "дог", "сч", "лс", "рс", "кс", "ву", "акт", "акта", "акту", "акте", "чек", "чека", "чеку", "арт",
    "код", "ид", "вин", "vin", "id", "uid",
];
/// Beginnings of words after a number that make it an amount.
const UNITS: &[&str] = &["руб", "коп", "₽", "шт", "км", "usd", "eur"];

/// `т. 446…`, `доп. 446…`: only right beside a number; `доп. работы 450000` is a sum.
const PHONE_BESIDE: &[&str] = &["т", "доп"];

/// A word names the number next to it, not one further on.
const NEAR: usize = 3;
/// `звонить после обеда на 446…`: a word for a phone may stand further off.
const WITHIN: usize = 5;

/// What a number is by the words before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Nothing,
    Phone,
    /// A contract, a tax number, a sum.
    Thing,
}

fn is_one(word: &str, beginnings: &[&str], whole: &[&str]) -> bool {
    whole.contains(&word) || beginnings.iter().any(|b| word.starts_with(b))
}

/// Words in lower case, `з/н` and `р/с` as one; `№` is a word.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in text
        .to_lowercase()
        .split(|c: char| !(c.is_alphabetic() || matches!(c, '/' | '№' | '₽')))
    {
        if word.split('/').all(|part| part.chars().count() <= 1) {
            out.push(word.replace('/', ""));
        } else {
            out.extend(word.split('/').map(str::to_owned));
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// What the nearest telling word before a number makes it.
pub(super) fn named(before: &str) -> Named {
    let clause = before.rsplit([',', ';']).next().unwrap_or_default();
    let (all, same_clause) = (words(before), words(clause).len());
    let mut numbered = Named::Nothing;
    for (back, word) in all.iter().rev().take(WITHIN).enumerate() {
        // `тел. №` and `номер договора`: what is numbered stands beside it.
        if word == "№" {
            numbered = Named::Thing;
        } else if is_one(word, PHONE, PHONE_WHOLE) || back == 0 && PHONE_BESIDE.contains(&word.as_str()) {
            return Named::Phone;
        } else if back < NEAR.min(same_clause) && is_one(word, THINGS, THINGS_WHOLE) {
            return Named::Thing;
        }
    }
    numbered
}

/// Whether the words after a number count something by it.
pub(super) fn is_amount(after: &str) -> bool {
    let first = words(after).into_iter().next();
    first.is_some_and(|word| is_one(&word, UNITS, &["р", "тр"])) && !after.starts_with([',', ';'])
}

/// Whether the words before a number say that it is somebody else's; the nearest one decides.
pub fn is_of_another(beside: &str) -> bool {
    let nearest = words(beside).into_iter().rev().find_map(|word| {
        let another = is_one(&word, OTHERS, OTHERS_WHOLE);
        (another || is_one(&word, OWN, &[])).then_some(another)
    });
    nearest.unwrap_or(false)
}

/// Whether a number grows out of a word or a longer number before it: a part of a VIN, of `ЗН-8123…`, of `77/8916…`.
pub(super) fn is_glued(before: &str, after_phone: bool) -> bool {
    let joined = before.ends_with(['-', '/', '_']);
    let head = before.strip_suffix(['-', '/', '_']).unwrap_or(before);
    if head.is_empty() {
        return joined && !after_phone;
    }
    let word = head
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let word = word.to_lowercase();
    !word.is_empty() && !is_one(&word, PHONE, PHONE_WHOLE) && !PHONE_BESIDE.contains(&word.as_str())
}
