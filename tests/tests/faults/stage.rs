//! The system that a simulation runs in: a busy group with several sellers.

use std::sync::Arc;

use e2e::{Options, System};
use edina_postgres::Database;
use edina_proto::directory::v1::Employee;

/// Sellers besides the one every group has.
const SELLERS: usize = 3;

/// A system of the simulation's own.
pub async fn system(options: Options) -> Arc<System> {
    let system = System::start(options).await;
    let url = system.database_url(e2e::Service::Gateway).to_owned().into();
    let database = Database::connect_lazy(&url, 1, "e2e").unwrap();
    let group = system.group();
    for number in 1..=SELLERS {
        let employee = Employee {
            employee_id: uuid::Uuid::now_v7().to_string(),
            display_name: format!("Продавец {number}"),
            extension: format!("32{number}"),
            email: format!("seller{number}@example.test"),
            ..group.seller.clone()
        };
        gateway::provision::put_employee(&database, &group.id.parse().unwrap(), &employee)
            .await
            .unwrap();
    }
    Arc::new(system)
}
