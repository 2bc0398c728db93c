//! What is compared, and how a comparison can come out.

use serde::{Deserialize, Serialize};

/// One thing two profiles may both speak about. A full given name, a diminutive and an initial are traits of their
/// own: each agrees by chance at another rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// Both given names are written out.
    Given,
    /// One of them is a diminutive, or a name with several readings.
    GivenShort,
    /// One of them is an initial.
    GivenInitial,
    Patronymic,
    PatronymicInitial,
    Surname,
    /// Both are women, who may have married.
    SurnameWoman,
    BirthDate,
    /// Weighed only where the given names say nothing of it.
    Gender,
    Phone,
    /// A city number without its code against a full one.
    PhoneTail,
    Email,
    Vin,
    /// Only the last characters of one of the VINs are known.
    VinTail,
    Plate,
    /// Make and model, where neither VIN nor plate can be compared.
    CarModel,
    /// Both addresses are complete.
    Address,
    /// One address ends with the house.
    House,
    City,
    /// Where the parts of an address stand apart.
    HouseNumber,
    Street,
    Postcode,
    Region,
    Branch,
    CompanyName,
    /// INN or OGRN: each company has one of either.
    Inn,
    /// Passport, licence, social security.
    Document,
    /// The surname an e-mail is made of, where a record states none.
    MailSurname,
    /// The year an e-mail ends with, against the year of birth.
    MailYear,
    /// The person to speak to at a company.
    Contact,
    /// How far apart in time two records are that share a number or a car.
    Gap,
    /// Whether both held that number or car at one time, or one after the other; where a side has held it for long.
    Turns,
}

impl Trait {
    /// All of them, in the order in which evidence is added up.
    pub const ALL: [Self; 32] = [
        Self::Inn,
        Self::Document,
        Self::CompanyName,
        Self::Contact,
        Self::Phone,
        Self::PhoneTail,
        Self::Vin,
        Self::VinTail,
        Self::Plate,
        Self::CarModel,
        Self::Gap,
        Self::Turns,
        Self::Address,
        Self::House,
        Self::Email,
        Self::Surname,
        Self::SurnameWoman,
        Self::Given,
        Self::GivenShort,
        Self::GivenInitial,
        Self::Gender,
        Self::Patronymic,
        Self::PatronymicInitial,
        Self::BirthDate,
        Self::MailSurname,
        Self::MailYear,
        Self::Street,
        Self::HouseNumber,
        Self::Postcode,
        Self::City,
        Self::Region,
        Self::Branch,
    ];
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
}

/// How a comparison came out. What each level means for a trait is said where the trait is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Exact,
    /// A slip or another spelling apart.
    Close,
    /// Partly the same, or suspiciously similar.
    Part,
    Other,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Exact, Self::Close, Self::Part, Self::Other];
}
