//! What a column may be: the fields of a record a table can fill.

use serde::{Deserialize, Serialize};

/// A field of a record. Its name in files of mappings is its name here in lower case with underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The row's own id, or the number of its document.
    Id,
    /// A person or a company: decided by type, INN and legal form.
    Name,
    FullName,
    LastName,
    FirstName,
    MiddleName,
    /// Person or company, in the words of the source.
    ClientType,
    BirthDate,
    Gender,
    Phone,
    Email,
    Telegram,
    Whatsapp,
    Viber,
    Vk,
    Max,
    Skype,
    Icq,
    /// Accounts that say their network: links, `telegram: anna`.
    Messenger,
    Address,
    PostalCode,
    Country,
    Region,
    District,
    City,
    Street,
    House,
    Flat,
    CompanyName,
    Inn,
    Kpp,
    Ogrn,
    /// Somebody to speak to at the company; several by their numbers: `Контактное лицо 2`.
    ContactName,
    ContactPosition,
    /// What he decides: financial buyer, technical buyer, user, in the words of the source.
    ContactRole,
    ContactPhone,
    ContactEmail,
    Vin,
    Plate,
    Make,
    Model,
    /// Make, model, and perhaps year, plate and VIN in one; several cars by semicolons or lines.
    Car,
    Year,
    Mileage,
    VehicleRole,
    Condition,
    Amount,
    Currency,
    /// When it was said, sold or done.
    OccurredAt,
    Comment,
    /// Channel the client came by.
    Channel,
    ConsentPersonalData,
    /// Advertising by any channel, or by those the cell lists.
    ConsentAdvertising,
    ConsentSms,
    ConsentEmail,
    ConsentCall,
    ConsentAt,
    ConsentProof,
    ConsentText,
    /// Kept beside the record under the column's name.
    Extra,
    /// Left out on purpose.
    Ignore,
}

impl Field {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 61] = [
        Self::Id,
        Self::Name,
        Self::FullName,
        Self::LastName,
        Self::FirstName,
        Self::MiddleName,
        Self::ClientType,
        Self::BirthDate,
        Self::Gender,
        Self::Phone,
        Self::Email,
        Self::Telegram,
        Self::Whatsapp,
        Self::Viber,
        Self::Vk,
        Self::Max,
        Self::Skype,
        Self::Icq,
        Self::Messenger,
        Self::Address,
        Self::PostalCode,
        Self::Country,
        Self::Region,
        Self::District,
        Self::City,
        Self::Street,
        Self::House,
        Self::Flat,
        Self::CompanyName,
        Self::Inn,
        Self::Kpp,
        Self::Ogrn,
        Self::ContactName,
        Self::ContactPosition,
        Self::ContactRole,
        Self::ContactPhone,
        Self::ContactEmail,
        Self::Vin,
        Self::Plate,
        Self::Make,
        Self::Model,
        Self::Car,
        Self::Year,
        Self::Mileage,
        Self::VehicleRole,
        Self::Condition,
        Self::Amount,
        Self::Currency,
        Self::OccurredAt,
        Self::Comment,
        Self::Channel,
        Self::ConsentPersonalData,
        Self::ConsentAdvertising,
        Self::ConsentSms,
        Self::ConsentEmail,
        Self::ConsentCall,
        Self::ConsentAt,
        Self::ConsentProof,
        Self::ConsentText,
        Self::Extra,
        Self::Ignore,
    ];

    /// Its name in files of mappings.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// The field of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether a client can be known by it.
    pub fn names_client(self) -> bool {
        matches!(
            self,
            Self::Name
                | Self::FullName
                | Self::LastName
                | Self::FirstName
                | Self::Phone
                | Self::Email
                | Self::CompanyName
                | Self::Inn
                | Self::ContactName
                | Self::ContactPhone
                | Self::ContactEmail
                | Self::Vin
                | Self::Plate
                | Self::Car
        )
    }

    /// Whether a record, a car or a person of a company has no more than one of it.
    pub(crate) fn is_said_once(self) -> bool {
        let several = matches!(
            self,
            Self::Phone | Self::Email | Self::ContactPhone | Self::Comment | Self::Extra | Self::Ignore
        );
        let consent = matches!(
            self,
            Self::ConsentPersonalData
                | Self::ConsentAdvertising
                | Self::ConsentSms
                | Self::ConsentEmail
                | Self::ConsentCall
        );
        !several && !consent && self.network().is_none()
    }

    /// Whether it says something of one of several cars.
    pub(crate) fn of_vehicle(self) -> bool {
        matches!(
            self,
            Self::Vin
                | Self::Plate
                | Self::Make
                | Self::Model
                | Self::Car
                | Self::Year
                | Self::Mileage
                | Self::VehicleRole
                | Self::Condition
        )
    }

    /// Whether it says something of one of several people of a company.
    pub(crate) fn of_contact(self) -> bool {
        matches!(
            self,
            Self::ContactName
                | Self::ContactPosition
                | Self::ContactRole
                | Self::ContactPhone
                | Self::ContactEmail
        )
    }

    /// The network whose accounts it holds; none of any that the account says itself.
    pub(crate) fn network(self) -> Option<&'static str> {
        match self {
            Self::Telegram => Some("telegram"),
            Self::Whatsapp => Some("whatsapp"),
            Self::Viber => Some("viber"),
            Self::Vk => Some("vk"),
            Self::Max => Some("max"),
            Self::Skype => Some("skype"),
            Self::Icq => Some("icq"),
            Self::Messenger => Some(""),
            _ => None,
        }
    }

    /// Whether its value is a row of digits that a spreadsheet may have taken for a number.
    pub(crate) fn is_digits(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Phone
                | Self::Whatsapp
                | Self::Viber
                | Self::Icq
                | Self::ContactPhone
                | Self::Inn
                | Self::Kpp
                | Self::Ogrn
                | Self::PostalCode
                | Self::Vin
                | Self::Plate
        )
    }
}
