//! The table of routes. A test holds the OpenAPI document against it.

use axum::routing::{MethodRouter, get, post};

use super::{api, openapi};
use crate::{Gateway, console as ui, live::sse, session::Right};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Whoever's role has this right.
    Needs(Right),
}

/// A route.
pub struct Route {
    /// GET or POST.
    pub method: &'static str,
    /// Its path, as the router takes it.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// What answers.
    pub handler: fn() -> MethodRouter<Gateway>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.path, self.access)
    }
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident => $handler:path;)*) => {
        /// Every route but the two proxied prefixes.
        pub const ROUTES: &[Route] = &[$(Route {
            method: routes!(@name $method),
            path: $path,
            access: routes!(@access $access),
            handler: || $method($handler),
        }),*];
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
    (@access Open) => { Access::Open };
    (@access $right:ident) => { Access::Needs(Right::$right) };
}

routes! {
    get "/api/openapi.json" Open => openapi::document;
    get "/api/v1/clients" ReadClients => api::clients::search;
    get "/api/v1/clients/{id}" ReadClients => api::clients::card;
    get "/api/v1/clients/{id}/timeline" ReadClients => api::clients::timeline;
    post "/api/v1/clients/{id}/notes" WriteClients => api::clients::note;
    post "/api/v1/clients/{id}/merge" MergeClients => api::clients::merge;
    post "/api/v1/merges/{id}/undo" MergeClients => api::clients::unmerge;
    post "/api/v1/clients/{id}/contacts/answer" WriteClients => api::contacts::answer;
    post "/api/v1/clients/{id}/consents" WriteClients => api::consents::record;
    post "/api/v1/consents/{id}/undo" WriteClients => api::consents::undo;
    post "/api/v1/clients/{id}/corrections" WriteClients => api::corrections::correct;
    post "/api/v1/corrections/{id}/undo" WriteClients => api::corrections::undo;
    post "/api/v1/clients/{id}/records" WriteClients => api::corrections::add;
    post "/api/v1/clients/{id}/relations" WriteClients => api::corrections::relate;
    post "/api/v1/relations/{id}/undo" WriteClients => api::corrections::unrelate;
    get "/api/v1/contacts-to-confirm" ReadClients => api::contacts::to_confirm;
    get "/api/v1/freshness-limits" ReadClients => api::contacts::limits;
    post "/api/v1/freshness-limits" Administer => api::contacts::set_limit;
    get "/api/v1/vehicles/routing" ReadClients => api::vehicles::routing;
    get "/api/v1/reviews" MergeClients => api::reviews::list;
    post "/api/v1/reviews/{id}/decide" MergeClients => api::reviews::decide;
    post "/api/v1/reviews/{id}/undo" MergeClients => api::reviews::undo;
    get "/api/v1/clients/{id}/records" ReadClients => api::records::list;
    post "/api/v1/records/{id}/move" MergeClients => api::records::give;
    post "/api/v1/moves/{id}/undo" MergeClients => api::records::take_back;
    get "/api/v1/identity/explain" ReadClients => api::identity::explain;
    get "/api/v1/identity/settings" ManageIdentity => api::identity::settings;
    post "/api/v1/identity/settings" ManageIdentity => api::identity::set;
    post "/api/v1/identity/train" ManageIdentity => api::identity::train;
    post "/api/v1/identity/undo-model" ManageIdentity => api::identity::undo_model;
    post "/api/v1/source-records" SubmitRecords => api::source_records::submit;
    get "/api/v1/leads" ReadLeads => api::leads::list;
    get "/api/v1/leads/{id}" ReadLeads => api::leads::one;
    post "/api/v1/leads/{id}/move" WorkLeads => api::leads::step;
    post "/api/v1/leads/{id}/close" WorkLeads => api::leads::close;
    post "/api/v1/leads/{id}/reopen" WorkLeads => api::leads::reopen;
    post "/api/v1/leads/{id}/answered" WorkLeads => api::leads::answered;
    post "/api/v1/leads/{id}/assign" AssignLeads => api::leads::assign;
    get "/api/v1/calls" ReadCalls => api::calls::list;
    get "/api/v1/calls/{id}" ReadCalls => api::calls::one;
    post "/api/v1/calls/{id}/result" WorkCalls => api::calls::result;
    get "/api/v1/tasks" ReadCalls => api::calls::tasks;
    post "/api/v1/tasks/{id}/complete" WorkCalls => api::calls::complete;
    get "/api/v1/messages" ReadMessages => api::messages::list;
    get "/api/v1/messages/{id}" ReadMessages => api::messages::one;
    get "/api/v1/directory" ReadPeople => api::directory::show;
    get "/api/v1/live" Follow => sse::api;

    get "/sign-in" Open => ui::sign_in::show;
    post "/sign-in" Open => ui::sign_in::enter;
    post "/sign-out" ReadClients => ui::sign_in::leave;
    get "/assets/{hash}/{name}" Open => ui::assets::serve;
    get "/favicon.ico" Open => ui::assets::favicon;
    get "/" ReadClients => ui::home::show;
    post "/looks" ReadClients => ui::looks::set;
    get "/account" ReadClients => ui::account::show;
    post "/account/password" ReadClients => ui::account::change;
    get "/live" Follow => sse::console;
    get "/search" ReadClients => ui::search::show;
    get "/clients/{id}" ReadClients => ui::card::show;
    post "/clients/{id}/notes" WriteClients => ui::card::note;
    post "/clients/{id}/merge" MergeClients => ui::card::merge;
    post "/merges/{id}/undo" MergeClients => ui::card::unmerge;
    post "/clients/{id}/contacts/answer" WriteClients => ui::card::answer;
    post "/clients/{id}/consents" WriteClients => ui::card::consent;
    post "/consents/{id}/undo" WriteClients => ui::card::undo_consent;
    post "/clients/{id}/corrections" WriteClients => ui::card::correct;
    post "/corrections/{id}/undo" WriteClients => ui::card::undo_correction;
    post "/clients/{id}/records" WriteClients => ui::card::add;
    post "/clients/{id}/relations" WriteClients => ui::card::relate;
    post "/relations/{id}/undo" WriteClients => ui::card::unrelate;
    post "/relations/{id}/confirm" WriteClients => ui::card::confirm_relation;
    post "/relations/{id}/end" WriteClients => ui::card::end_relation;
    post "/clients/{id}/vehicles" WriteClients => ui::card::vehicle_role;
    get "/contacts-to-confirm" ReadClients => ui::confirming::show;
    post "/freshness-limits" Administer => ui::confirming::set_limit;
    get "/leads" ReadLeads => ui::leads::show;
    get "/leads/{id}" ReadLeads => ui::leads::one;
    post "/leads/{id}/move" WorkLeads => ui::leads::step;
    post "/leads/{id}/answered" WorkLeads => ui::leads::answered;
    post "/leads/{id}/close" WorkLeads => ui::leads::close;
    post "/leads/{id}/reopen" WorkLeads => ui::leads::reopen;
    post "/leads/{id}/assign" AssignLeads => ui::leads::assign;
    get "/calls" ReadCalls => ui::calls::show;
    get "/calls/{id}" ReadCalls => ui::calls::one;
    get "/tasks" ReadCalls => ui::tasks::show;
    post "/calls/{id}/result" WorkCalls => ui::calls::result;
    post "/tasks/{id}/complete" WorkCalls => ui::calls::complete;
    post "/dial" WorkCalls => ui::calls::dial;
    get "/messages" ReadMessages => ui::messages::show;
    get "/messages/{id}" ReadMessages => ui::messages::one;
    get "/reviews" MergeClients => ui::reviews::show;
    post "/reviews/{id}/decide" MergeClients => ui::reviews::decide;
    post "/reviews/{id}/undo" MergeClients => ui::reviews::undo;
    get "/clients/{id}/records" ReadClients => ui::records::show;
    post "/records/{id}/move" MergeClients => ui::records::give;
    post "/moves/{id}/undo" MergeClients => ui::records::take_back;
    get "/identity/explain" ReadClients => ui::identity::explain;
    get "/identity" ManageIdentity => ui::identity::show;
    post "/identity/settings" ManageIdentity => ui::identity::set;
    post "/identity/train" ManageIdentity => ui::identity::train;
    post "/identity/undo-model" ManageIdentity => ui::identity::undo_model;
    get "/inputs" CorrectInputs => ui::inputs::show;
    post "/inputs/{id}/resubmit" CorrectInputs => ui::inputs::resubmit;
    get "/sandbox" ReadConnections => ui::sandbox::show;
    get "/connections" ReadConnections => ui::connections::show;
    post "/connections" Administer => ui::connections::put;
    get "/imports" SubmitRecords => ui::imports::list;
    post "/imports" SubmitRecords => ui::imports::begin;
    get "/imports/{id}" SubmitRecords => ui::imports::one;
    post "/imports/{id}/pieces/{number}" SubmitRecords => ui::imports::piece;
    post "/imports/{id}/mapping" SubmitRecords => ui::imports::map;
    post "/imports/{id}/start" SubmitRecords => ui::imports::start;
    post "/imports/{id}/remove" SubmitRecords => ui::imports::remove;
    post "/imports/{id}/undo" SubmitRecords => ui::imports::undo;
    get "/imports/{id}/rejected" SubmitRecords => ui::imports::download;
    get "/people" ReadPeople => ui::people::show;
    post "/people" ManagePeople => ui::people::put;
    post "/people/area-code" Administer => ui::people::area_code;
    post "/people/{id}/absence" ManagePeople => ui::people::absence;
    post "/people/{id}/back" ManagePeople => ui::people::no_longer_absent;
    post "/people/{id}/left" ManagePeople => ui::people::left;
    get "/journal" WriteJournal => ui::journal::show;
    post "/journal" WriteJournal => ui::journal::write;
    post "/demo" Administer => ui::demo::switch;
}
