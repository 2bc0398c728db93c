//! What somebody does on a page: a form sent to the address of the thing it is about.

use axum::{
    Extension, RequestExt as _,
    extract::{FromRequest, Path, Request},
    response::{IntoResponse as _, Response},
};

use super::form::Fields;
use crate::{
    Gateway,
    http::{api, problem::Problem},
    session::Identity,
    upstream::Ask,
};

/// A form, who sent it, and the id in its address.
#[derive(Debug)]
pub struct Act {
    pub gateway: Gateway,
    pub who: Identity,
    /// As it came; see [`Act::id`].
    pub address: String,
    pub fields: Fields,
}

impl Act {
    /// The id of the thing.
    pub fn id(&self) -> Result<String, Problem> {
        api::id(&self.address)
    }

    /// Asks a service on behalf of whoever sent the form.
    pub async fn ask<T: Ask>(&self, request: T) -> Result<T::Reply, Problem> {
        self.gateway.ask(&self.who, request).await
    }

    /// See [`Fields::back_or`].
    pub fn back_or(&self, page: &str) -> Response {
        self.fields.back_or(page)
    }
}

impl FromRequest<Gateway> for Act {
    type Rejection = Response;

    async fn from_request(mut request: Request, gateway: &Gateway) -> Result<Self, Response> {
        let who = request.extract_parts::<Extension<Identity>>().await;
        let Extension(who) = who.map_err(|missing| missing.into_response())?;
        let address = request.extract_parts::<Path<String>>().await;
        let Path(address) = address.map_err(|wrong| wrong.into_response())?;
        let fields = Fields::from_request(request, gateway).await;
        Ok(Self {
            gateway: gateway.clone(),
            who,
            address,
            fields: fields.map_err(|problem| problem.into_response())?,
        })
    }
}
