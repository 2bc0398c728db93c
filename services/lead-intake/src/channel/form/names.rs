//! What a field's name means. Site owners name fields as they please, in Russian or English.

/// The meaning of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    FullName,
    FirstName,
    MiddleName,
    LastName,
    Phone,
    Email,
    /// An account in this network.
    Messenger(&'static str),
    Company,
    Inn,
    Address,
    City,
    Comment,
    Vin,
    Plate,
    Make,
    Model,
    /// A car in one line.
    Car,
    Year,
    Mileage,
    /// The car given in exchange, in one line.
    TradeIn,
    Branch,
    Topic,
    PreferredChannel,
    PreferredTime,
    Language,
    RequestedAt,
    Id,
    Consent,
    Marketing,
    /// Technical fields of site builders: kept nowhere.
    Noise,
    Unknown,
}

use Meaning as M;

/// Exact names, normalised: lower case, `ё` as `е`, letters and digits only.
const EXACT: &[(Meaning, &[&str])] = &[
    (
        M::FullName,
        &[
            "name",
            "fullname",
            "fio",
            "yourname",
            "username",
            "clientname",
            "customername",
            "contactname",
            "имя",
            "фио",
            "вашеимя",
            "имяклиента",
            "полноеимя",
            "какквамобращаться",
            "imya",
            "client",
            "клиент",
        ],
    ),
    (M::FirstName, &["firstname", "givenname", "fname"]),
    (
        M::MiddleName,
        &["middlename", "patronymic", "отчество", "secondname"],
    ),
    (
        M::LastName,
        &["lastname", "surname", "familyname", "lname", "фамилия"],
    ),
    (
        M::Phone,
        &[
            "phone",
            "tel",
            "telephone",
            "mobile",
            "cell",
            "phonenumber",
            "телефон",
            "тел",
            "мобильный",
            "номер",
            "номертелефона",
            "вашномер",
            "telefon",
            "contactphone",
            "userphone",
        ],
    ),
    (
        M::Email,
        &[
            "email",
            "mail",
            "почта",
            "емейл",
            "имейл",
            "эмейл",
            "useremail",
            "workemail",
        ],
    ),
    (
        M::Company,
        &[
            "company",
            "companyname",
            "organization",
            "компания",
            "организация",
        ],
    ),
    (M::Inn, &["inn", "инн", "companyinn"]),
    (M::Address, &["address", "street", "streetaddress", "адрес"]),
    (M::City, &["city", "город"]),
    (
        M::Comment,
        &[
            "comment",
            "comments",
            "message",
            "text",
            "question",
            "note",
            "notes",
            "comm",
            "msg",
            "textarea",
            "комментарий",
            "комментарии",
            "сообщение",
            "вопрос",
            "текст",
            "пожелания",
            "примечание",
        ],
    ),
    (
        M::Vin,
        &["vin", "вин", "vincode", "винкод", "vinномер", "vinnumber"],
    ),
    (
        M::Plate,
        &[
            "plate",
            "licenseplate",
            "carnumber",
            "regnumber",
            "госномер",
            "номеравто",
            "номеравтомобиля",
            "гос",
        ],
    ),
    (
        M::Make,
        &[
            "make",
            "brand",
            "mark",
            "marka",
            "марка",
            "маркаавто",
            "carmake",
            "carbrand",
        ],
    ),
    (
        M::Model,
        &["model", "carmodel", "модель", "модельавто", "модельавтомобиля"],
    ),
    (
        M::Car,
        &[
            "car",
            "auto",
            "vehicle",
            "авто",
            "автомобиль",
            "машина",
            "vehicleofinterest",
            "offer",
            "product",
            "товар",
        ],
    ),
    (M::Year, &["year", "год", "годвыпуска", "modelyear", "caryear"]),
    (M::Mileage, &["mileage", "odometer", "пробег", "mileagekm"]),
    (
        M::TradeIn,
        &[
            "tradein",
            "tradeincar",
            "tradeinvehicle",
            "mycar",
            "мойавтомобиль",
            "мойавто",
            "вашавтомобиль",
            "вашавто",
            "трейдин",
        ],
    ),
    (
        M::Branch,
        &[
            "branch",
            "dealer",
            "dealership",
            "showroom",
            "location",
            "салон",
            "автосалон",
            "автоцентр",
            "филиал",
            "дилер",
            "дилерскийцентр",
            "дц",
        ],
    ),
    (
        M::Topic,
        &[
            "topic",
            "subject",
            "theme",
            "type",
            "service",
            "formname",
            "kind",
            "тема",
            "услуга",
            "цель",
            "цельобращения",
            "request",
            "leadtype",
        ],
    ),
    (
        M::PreferredChannel,
        &[
            "preferredcontact",
            "preferredchannel",
            "contactmethod",
            "способсвязи",
            "каксвамисвязаться",
            "каксвязаться",
        ],
    ),
    (
        M::PreferredTime,
        &[
            "time",
            "calltime",
            "preferredtime",
            "besttime",
            "время",
            "времязвонка",
            "удобноевремя",
            "удобноевремязвонка",
        ],
    ),
    (M::Language, &["lang", "language", "locale", "язык"]),
    (
        M::RequestedAt,
        &[
            "requestedat",
            "requestdate",
            "createdtime",
            "createdat",
            "submittedat",
            "datetime",
        ],
    ),
    (
        M::Id,
        &[
            "id",
            "leadid",
            "tranid",
            "requestid",
            "externalid",
            "orderid",
            "submissionid",
            "номерзаявки",
        ],
    ),
    (
        M::Messenger("telegram"),
        &["telegram", "tg", "телеграм", "телеграмм"],
    ),
    (M::Messenger("whatsapp"), &["whatsapp", "вотсап", "ватсап", "wa"]),
    (M::Messenger("viber"), &["viber", "вайбер"]),
    (M::Messenger("vk"), &["vk", "vkontakte", "вк", "вконтакте"]),
    (
        M::Noise,
        &[
            "cookies",
            "test",
            "formid",
            "csrf",
            "csrftoken",
            "token",
            "grecaptcharesponse",
            "captcha",
            "submit",
            "action",
            "isajax",
        ],
    ),
];

/// Parts of names, the more telling first.
const PARTS: &[(Meaning, &[&str])] = &[
    (
        M::Consent,
        &[
            "agree",
            "consent",
            "optin",
            "policy",
            "privacy",
            "marketing",
            "newsletter",
            "subscri",
            "соглас",
            "реклам",
            "рассыл",
            "подписк",
            "персональныхданных",
            "политик",
        ],
    ),
    (M::Email, &["email", "почт", "емейл"]),
    (M::Phone, &["phone", "телефон", "whatsappnumber"]),
    (M::TradeIn, &["tradein", "трейдин"]),
    (M::Vin, &["vin"]),
    (M::LastName, &["фамили", "lastname", "surname"]),
    (M::MiddleName, &["отчеств"]),
    (M::FirstName, &["firstname"]),
    (M::Comment, &["comment", "message", "коммент", "сообщени"]),
    (M::Branch, &["салон", "автоцентр", "dealer", "branch", "филиал"]),
    (M::FullName, &["fullname", "вашеимя", "фио"]),
    (M::Plate, &["госномер", "plate"]),
    (M::Car, &["автомобил"]),
];

/// The meaning of `name`; of a path (`contact.name`, `fields[Телефон]`) the last part counts.
pub(super) fn meaning(name: &str) -> Meaning {
    let lower = name.to_lowercase();
    if lower.starts_with("utm_")
        || matches!(
            lower.as_str(),
            "gclid" | "yclid" | "fbclid" | "roistat" | "referer" | "referrer"
        )
    {
        return M::Marketing;
    }
    let cleaned = lower.trim_end_matches(']').replace("[]", "");
    let parts: Vec<&str> = cleaned
        .split(['.', '['])
        .filter(|part| !part.trim().is_empty())
        .collect();
    let last = parts.last().map_or(String::new(), |part| key(part));
    let whole = key(&lower);
    // `trade_in.model` is not the car wanted, `company.name` no person, `car.name` neither.
    if let [.., outer, _] = parts.as_slice() {
        match (exact(&key(outer)), exact(&last)) {
            (Some(M::TradeIn), Some(M::Make | M::Model | M::Year | M::Car | M::Vin | M::FullName)) => {
                return M::TradeIn;
            }
            (Some(M::Company), Some(M::FullName)) => return M::Company,
            (Some(M::Car), Some(M::FullName)) => return M::Car,
            (Some(M::Branch), Some(M::FullName | M::Id)) => return M::Branch,
            _ => {}
        }
    }
    exact(&last)
        .or_else(|| exact(&whole))
        .or_else(|| part_of(&whole))
        .unwrap_or(M::Unknown)
}

fn key(name: &str) -> String {
    name.to_lowercase()
        .replace('ё', "е")
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn exact(key: &str) -> Option<Meaning> {
    // `Phone_2`, `email1`: site builders number repeated fields.
    let bare = key.trim_end_matches(|c: char| c.is_ascii_digit());
    EXACT
        .iter()
        .find(|(_, names)| names.contains(&key) || names.contains(&bare))
        .map(|(meaning, _)| *meaning)
}

fn part_of(key: &str) -> Option<Meaning> {
    PARTS
        .iter()
        .find(|(_, parts)| parts.iter().any(|part| key.contains(part)))
        .map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_type_them() {
        for (name, expected) in [
            ("Name", M::FullName),
            ("Ваше имя", M::FullName),
            ("first_name", M::FirstName),
            ("Phone_2", M::Phone),
            ("Контактный телефон", M::Phone),
            ("E-mail", M::Email),
            ("Электронная почта", M::Email),
            ("Комментарий", M::Comment),
            ("contact.name", M::FullName),
            ("fields[Телефон]", M::Phone),
            ("company.name", M::Company),
            ("trade_in.model", M::TradeIn),
            ("utm_source", M::Marketing),
            ("agree_marketing", M::Consent),
            ("Согласие на рекламу", M::Consent),
            ("Автомобиль", M::Car),
            ("Госномер", M::Plate),
            ("Любимый цвет", M::Unknown),
        ] {
            assert_eq!(meaning(name), expected, "{name}");
        }
    }
}
