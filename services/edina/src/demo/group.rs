//! The group «Меридиан»: three branches, two brands, two dozen people.

use edina_postgres::Database;
use edina_proto::directory::v1::{Branch, Employee};
use edina_runtime::{clock, group::GroupId};
use gateway::provision;
use secrecy::SecretString;
use uuid::Uuid;

use crate::instance::{self, Credentials};

/// Ids of branches and employees are made of their names, so that every start means the same ones.
const NAMESPACE: Uuid = Uuid::from_u128(0x6ed1_7a00_5f0c_4d6b_9b1e_0d3a_11aa_2026);

/// A branch of the group.
#[derive(Debug)]
pub(crate) struct Place {
    key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) city: &'static str,
    zone: &'static str,
    pub(crate) brands: &'static [&'static str],
    /// E.164; no subscriber's number begins with 0 after its area code.
    pub(crate) sales_line: &'static str,
    pub(crate) service_line: &'static str,
    area_code: &'static str,
    pub(crate) sales_queue: &'static str,
    pub(crate) service_queue: &'static str,
    /// Of the sellers, the first taking calls first.
    pub(crate) sellers: [&'static str; 3],
    pub(crate) adviser: &'static str,
    pub(crate) reception: &'static str,
}

impl Place {
    pub(crate) fn id(&self) -> String {
        id("branch", self.key)
    }
}

pub(crate) const BRANCHES: [Place; 3] = [
    Place {
        key: "moscow",
        name: "Меридиан Москва",
        city: "Москва",
        zone: "Europe/Moscow",
        brands: &["Haval"],
        sales_line: "+74950000101",
        service_line: "+74950000102",
        area_code: "495",
        sales_queue: "moscow-sales",
        service_queue: "moscow-service",
        sellers: ["201", "202", "203"],
        adviser: "204",
        reception: "205",
    },
    Place {
        key: "kazan",
        name: "Меридиан Казань",
        city: "Казань",
        zone: "Europe/Moscow",
        brands: &["Haval", "LADA"],
        sales_line: "+78430000101",
        service_line: "+78430000102",
        area_code: "843",
        sales_queue: "kazan-sales",
        service_queue: "kazan-service",
        sellers: ["301", "302", "303"],
        adviser: "304",
        reception: "305",
    },
    Place {
        key: "tver",
        name: "Меридиан Тверь",
        city: "Тверь",
        zone: "Europe/Moscow",
        brands: &["LADA"],
        sales_line: "+74822000101",
        service_line: "+74822000102",
        area_code: "4822",
        sales_queue: "tver-sales",
        service_queue: "tver-service",
        sellers: ["401", "402", "403"],
        adviser: "404",
        reception: "405",
    },
];

/// Extension of the administrator's desk.
pub(crate) const ADMIN_EXTENSION: &str = "200";
/// Extensions of the call centre.
pub(crate) const OPERATORS: [&str; 2] = ["210", "211"];

/// Extension, name, Latin name for the mail address, branch, department, role.
type Post = (
    &'static str,
    &'static str,
    &'static str,
    Option<usize>,
    &'static str,
    &'static str,
);

const PEOPLE: [Post; 19] = [
    ("201", "Кравцов Артём", "kravtsov", Some(0), "sales", "seller"),
    ("202", "Лапина Вероника", "lapina", Some(0), "sales", "seller"),
    ("203", "Якушев Станислав", "yakushev", Some(0), "sales", "seller"),
    (
        "204",
        "Дорохов Геннадий",
        "dorokhov",
        Some(0),
        "service",
        "service_adviser",
    ),
    (
        "205",
        "Зимина Софья",
        "zimina",
        Some(0),
        "call_centre",
        "reception",
    ),
    ("301", "Сабиров Айрат", "sabirov", Some(1), "sales", "seller"),
    ("302", "Галеева Диляра", "galeeva", Some(1), "sales", "seller"),
    ("303", "Бикмуллин Ренат", "bikmullin", Some(1), "sales", "seller"),
    (
        "304",
        "Юнусов Фарид",
        "yunusov",
        Some(1),
        "service",
        "service_adviser",
    ),
    (
        "305",
        "Латыпова Камила",
        "latypova",
        Some(1),
        "call_centre",
        "reception",
    ),
    ("401", "Рябинин Пётр", "ryabinin", Some(2), "sales", "seller"),
    ("402", "Устинова Жанна", "ustinova", Some(2), "sales", "seller"),
    (
        "403",
        "Верещагин Глеб",
        "vereshchagin",
        Some(2),
        "sales",
        "seller",
    ),
    (
        "404",
        "Молчанов Борис",
        "molchanov",
        Some(2),
        "service",
        "service_adviser",
    ),
    (
        "405",
        "Белкина Арина",
        "belkina",
        Some(2),
        "call_centre",
        "reception",
    ),
    ("210", "Носова Карина", "nosova", None, "call_centre", "operator"),
    (
        "211",
        "Третьяков Лев",
        "tretyakov",
        None,
        "call_centre",
        "operator",
    ),
    ("212", "Панова Эльвира", "panova", None, "marketing", "marketer"),
    (
        "213",
        "Стрельцов Вадим",
        "streltsov",
        None,
        "sales",
        "head_of_sales",
    ),
];

/// Login and whose it is.
pub(crate) const ACCOUNTS: [(&str, &str); 6] = [
    ("seller", "201"),
    ("adviser", "304"),
    ("reception", "405"),
    ("operator", "210"),
    ("marketer", "212"),
    ("head", "213"),
];

fn id(kind: &str, key: &str) -> String {
    Uuid::new_v5(&NAMESPACE, format!("{kind}/{key}").as_bytes()).to_string()
}

/// The employee at an extension.
pub(crate) fn employee_id(extension: &str) -> String {
    id("employee", extension)
}

/// The extension of an employee of the demonstration.
pub(crate) fn extension_of(employee: &str) -> Option<&'static str> {
    PEOPLE
        .iter()
        .map(|post| post.0)
        .find(|extension| employee_id(extension) == employee)
}

/// The administrator as an employee: of every local run, with a telephone in the demonstration.
pub(crate) fn administrator(extension: &str) -> Employee {
    Employee {
        employee_id: employee_id("admin"),
        display_name: "Администратор".to_owned(),
        department: "management".to_owned(),
        role: "administrator".to_owned(),
        extension: extension.to_owned(),
        active: true,
        locale: "ru".to_owned(),
        ..Employee::default()
    }
}

/// First passwords of the accounts that have none yet.
pub(crate) fn choose_passwords(credentials: &mut Credentials) {
    for (login, _) in ACCOUNTS {
        credentials
            .demo_accounts
            .entry(login.to_owned())
            .or_insert_with(instance::password);
    }
}

/// Branches, people and their accounts. What is there already stays as it is, also when it was changed by hand.
pub(crate) async fn fill(
    database: &Database,
    group: &GroupId,
    credentials: &Credentials,
) -> anyhow::Result<()> {
    let known = gateway::directory::read(database, group, clock::system().now())
        .await?
        .unwrap_or_default();
    let has_branch = |id: &str| known.branches.iter().any(|branch| branch.branch_id == id);
    let has_employee = |id: &str| known.employees.iter().any(|employee| employee.employee_id == id);
    if known.branches.is_empty() {
        provision::ensure_group(database, group, "Меридиан").await?;
    }
    for branch in BRANCHES
        .iter()
        .map(branch)
        .filter(|branch| !has_branch(&branch.branch_id))
    {
        provision::put_branch(database, group, &branch).await?;
    }
    for employee in PEOPLE
        .iter()
        .map(employee)
        .filter(|employee| !has_employee(&employee.employee_id))
    {
        provision::put_employee(database, group, &employee).await?;
    }
    let administrator = administrator(ADMIN_EXTENSION);
    let has_phone = |id: &str| {
        known
            .employees
            .iter()
            .any(|known| known.employee_id == id && !known.extension.is_empty())
    };
    if !has_phone(&administrator.employee_id) {
        provision::put_employee(database, group, &administrator).await?;
    }
    for (login, extension) in ACCOUNTS {
        let Some(password) = credentials.demo_accounts.get(login) else {
            continue;
        };
        let Some((_, _, _, branch, _, role)) = PEOPLE.iter().find(|post| post.0 == extension) else {
            continue;
        };
        let scope: Vec<String> = branch.iter().map(|&branch| BRANCHES[branch].id()).collect();
        let password = SecretString::from(password.clone());
        provision::put_account(
            database,
            group,
            login,
            password,
            role,
            &employee_id(extension),
            &scope,
        )
        .await?;
    }
    Ok(())
}

fn branch(place: &Place) -> Branch {
    Branch {
        branch_id: place.id(),
        display_name: place.name.to_owned(),
        city: place.city.to_owned(),
        time_zone: place.zone.to_owned(),
        phone: place.sales_line.to_owned(),
        brands: place.brands.iter().map(|&brand| brand.to_owned()).collect(),
        lines: vec![place.sales_line.to_owned(), place.service_line.to_owned()],
        queues: vec![place.sales_queue.to_owned(), place.service_queue.to_owned()],
        area_code: place.area_code.to_owned(),
    }
}

fn employee(post: &Post) -> Employee {
    let (extension, name, mail, branch, department, role) = *post;
    Employee {
        employee_id: employee_id(extension),
        display_name: name.to_owned(),
        branch_id: branch.map(|branch| BRANCHES[branch].id()).unwrap_or_default(),
        department: department.to_owned(),
        role: role.to_owned(),
        extension: extension.to_owned(),
        email: format!("{mail}@meridian.example"),
        active: true,
        locale: "ru".to_owned(),
        ..Employee::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_sits_where_calls_ring() {
        let mut extensions: Vec<&str> = PEOPLE.iter().map(|post| post.0).collect();
        for place in &BRANCHES {
            for extension in place.sellers.iter().chain([&place.adviser, &place.reception]) {
                assert!(extensions.contains(extension), "{extension}");
            }
        }
        assert!(
            OPERATORS
                .iter()
                .chain(ACCOUNTS.iter().map(|(_, at)| at))
                .all(|at| extensions.contains(at))
        );
        extensions.push(ADMIN_EXTENSION);
        let count = extensions.len();
        extensions.sort_unstable();
        extensions.dedup();
        assert_eq!(extensions.len(), count);
    }
}
