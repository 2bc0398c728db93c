//! The rpcs of lead-intake.

use edina_proto::intake::v1 as intake;

use super::{
    Foreign::{NotFound, Own},
    Rpc, rpc,
};
use crate::{table::Of, world::World};

pub(super) fn rpcs(world: &World) -> Vec<Rpc> {
    let client = world.id(Of::Client);
    let lead = world.id(Of::Lead);
    vec![
        rpc(
            "/edina.intake.v1.LeadIntake/SubmitLead",
            Own,
            intake::SubmitLeadRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListLeads",
            Own,
            intake::ListLeadsRequest {
                client_id: client.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/GetLead",
            NotFound,
            intake::GetLeadRequest {
                lead_id: lead.clone(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/MoveLead",
            NotFound,
            intake::MoveLeadRequest {
                lead_id: lead.clone(),
                step: "talk".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/CloseLead",
            NotFound,
            intake::CloseLeadRequest {
                lead_id: lead.clone(),
                outcome: "lost".into(),
                reason: "price".into(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ReopenLead",
            NotFound,
            intake::ReopenLeadRequest {
                lead_id: lead.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/MarkAnswered",
            NotFound,
            intake::MarkAnsweredRequest {
                lead_id: lead.clone(),
                ..Default::default()
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/AssignLead",
            NotFound,
            intake::AssignLeadRequest {
                lead_id: lead,
                employee_id: world.other.seller.employee_id.clone(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListInputs",
            Own,
            intake::ListInputsRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ResubmitInput",
            NotFound,
            intake::ResubmitInputRequest {
                input_id: world.id(Of::Input),
                body_text: "x".into(),
            },
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListReasons",
            Own,
            intake::ListReasonsRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/ListSources",
            Own,
            intake::ListSourcesRequest::default(),
        ),
        rpc(
            "/edina.intake.v1.LeadIntake/PutSource",
            Own,
            intake::PutSourceRequest::default(),
        ),
    ]
}
