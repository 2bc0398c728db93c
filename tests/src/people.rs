//! Invented people and cars, each with numbers nobody else in the run has.

use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A number that no other call in this run gets.
pub fn unique() -> u32 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Another number for each, none of which looks like a slip of another: neighbours are far apart.
fn scattered(number: u32, below: u64) -> u64 {
    // Multiplying by what shares no factor with 10 only changes the order of the remainders.
    u64::from(number) * 7_237_413 % below
}

/// Someone who may become a client.
#[derive(Debug, Clone)]
pub struct Person {
    /// Family name, unlike any other in the run.
    pub last_name: String,
    /// Given name.
    pub first_name: String,
    /// Patronymic.
    pub middle_name: String,
    /// Ten digits of a Russian mobile number.
    pub digits: String,
    /// Of this person alone.
    pub email: String,
}

impl Person {
    /// A woman called Анна Сергеевна.
    pub fn woman() -> Self {
        Self::named("Анна", "Сергеевна", &format!("{}ова", surname()))
    }

    /// A man called Пётр Алексеевич.
    pub fn man() -> Self {
        Self::named("Пётр", "Алексеевич", &format!("{}ов", surname()))
    }

    fn named(first_name: &str, middle_name: &str, last_name: &str) -> Self {
        let number = unique();
        Self {
            last_name: last_name.to_owned(),
            first_name: first_name.to_owned(),
            middle_name: middle_name.to_owned(),
            digits: format!("916{:07}", scattered(number, 10_000_000)),
            email: format!(
                "{}.{}@example.test",
                scattered(number, 100_000_000),
                words(number)
            ),
        }
    }

    /// `+79165550123`
    pub fn e164(&self) -> String {
        format!("+7{}", self.digits)
    }

    /// `8 (916) 555-01-23`, as people write it.
    pub fn local(&self) -> String {
        let part = |from: usize, to: usize| self.digits.get(from..to).unwrap_or_default();
        format!("8 ({}) {}-{}-{}", part(0, 3), part(3, 6), part(6, 8), part(8, 10))
    }

    /// `79165550123`, as a trunk sends it.
    pub fn trunk(&self) -> String {
        format!("7{}", self.digits)
    }

    /// Фамилия Имя Отчество
    pub fn full_name(&self) -> String {
        format!("{} {} {}", self.last_name, self.first_name, self.middle_name)
    }
}

/// Syllables that make family names which neither sound nor look alike.
fn surname() -> String {
    const FIRST: [&str; 12] = [
        "Бара",
        "Воло",
        "Гурья",
        "Дёмши",
        "Жили",
        "Зори",
        "Кузо",
        "Лиха",
        "Мура",
        "Осту",
        "Рябу",
        "Тере",
    ];
    const LAST: [&str; 11] = [
        "бьян",
        "гдан",
        "дюк",
        "жин",
        "калин",
        "мцев",
        "пшин",
        "рский",
        "стрик",
        "хлин",
        "шкет",
    ];
    const MIDDLE: [&str; 13] = [
        "",
        "стомо",
        "гвели",
        "дзабу",
        "кишту",
        "льфена",
        "нцоро",
        "пшеха",
        "ргума",
        "тволу",
        "фрязе",
        "хмыдо",
        "щукви",
    ];
    let number = usize::try_from(unique()).unwrap_or_default();
    let first = FIRST.get(number % FIRST.len()).copied().unwrap_or_default();
    let last = LAST
        .get(number / FIRST.len() % LAST.len())
        .copied()
        .unwrap_or_default();
    let middle = MIDDLE
        .get(number / (FIRST.len() * LAST.len()) % MIDDLE.len())
        .copied()
        .unwrap_or_default();
    format!("{first}{middle}{last}")
}

/// Letters for a number.
fn words(number: u32) -> String {
    let letters = b"bcdfghklmnprstvz";
    let scattered = scattered(number, 10_000);
    (0..4)
        .filter_map(|place| letters.get(usize::try_from(scattered / 10_u64.pow(place) % 10).ok()?))
        .flat_map(|letter| [char::from(*letter), 'o'])
        .collect()
}

/// A VIN that no other car in the run has.
pub fn vin() -> String {
    format!("XW8AN2NE4{:08}", scattered(unique(), 100_000_000))
}

/// A registration plate that no other car in the run has, in Cyrillic.
pub fn plate() -> String {
    let number = unique();
    format!("К{:03}МН{}", scattered(number, 1_000), 116 + number / 1000)
}

/// An ADF document of one prospect.
pub fn adf(id: &str, person: &Person, phone: &str, comment: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<?adf version="1.0"?>
<adf><prospect status="new">
  <id sequence="1" source="portal.example">{id}</id>
  <requestdate>2026-11-21T10:15:00+03:00</requestdate>
  <vehicle interest="buy" status="new"><year>2026</year><make>Volga</make><model>K50</model></vehicle>
  <customer>
    <contact>
      <name part="first">{first}</name><name part="middle">{middle}</name><name part="last">{last}</name>
      <phone type="voice" time="day">{phone}</phone>
      <email>{email}</email>
    </contact>
    <comments>{comment}</comments>
  </customer>
  <vendor><vendorname>Меридиан Москва</vendorname></vendor>
</prospect></adf>"#,
        first = person.first_name,
        middle = person.middle_name,
        last = person.last_name,
        email = person.email,
    )
}
