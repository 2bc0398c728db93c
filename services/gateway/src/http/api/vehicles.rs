//! Vehicles: whom what concerns one goes to.

use axum::{Extension, Json, extract::State};
use edina_proto::registry::v1::RouteVehicleRequest;
use serde::Deserialize;
use serde_json::Value;

use super::{Params, id};
use crate::{Gateway, http::problem::Problem, session::Identity, view};

/// By what a vehicle is asked for.
#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    vehicle_id: String,
    #[serde(default)]
    vin: String,
    #[serde(default)]
    plate: String,
}

/// `GET /api/v1/vehicles/routing?vin=…`: one of `vehicle_id`, `vin`, `plate`.
pub async fn routing(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Params(which): Params<Which>,
) -> Result<Json<Value>, Problem> {
    let given = [&which.vehicle_id, &which.vin, &which.plate];
    if given.iter().filter(|text| !text.is_empty()).count() != 1 {
        return Err(Problem::field(
            "vin",
            "one vehicle is asked for, by one thing",
            "vehicle_id, vin or plate",
        ));
    }
    if !which.vehicle_id.is_empty() {
        id(&which.vehicle_id)?;
    }
    let request = RouteVehicleRequest {
        vehicle_id: which.vehicle_id,
        vin: which.vin,
        plate: which.plate,
    };
    Ok(Json(view::vehicle_routing(&gateway.ask(&who, request).await?)))
}
