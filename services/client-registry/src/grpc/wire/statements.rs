//! What people say of a client beside source records: notes, owners, purchases, answers, relations, roles.

use edina_proto::registry::v1::{
    AddNoteRequest, AnswerContactRequest, AssignOwnerRequest, PutRelationRequest, RecordPurchaseRequest,
    SetVehicleRoleRequest,
};

use super::{instant, money, vehicle};
use crate::registry::{Answer, NewNote, NewOwner, NewPurchase, NewRelation, NewRole, RegistryError};

pub(in crate::grpc) fn note(asked: AddNoteRequest) -> Result<NewNote, RegistryError> {
    Ok(NewNote {
        due_at: instant("due_at", asked.due_at.as_ref())?,
        client_id: asked.client_id,
        text: asked.text,
        kind: asked.kind,
    })
}

pub(in crate::grpc) fn owner(asked: AssignOwnerRequest) -> NewOwner {
    NewOwner {
        client_id: asked.client_id,
        department: asked.department,
        employee_id: asked.employee_id,
        branch_id: asked.branch_id,
        only_if_absent: asked.only_if_absent,
    }
}

pub(in crate::grpc) fn purchase(asked: RecordPurchaseRequest) -> Result<NewPurchase, RegistryError> {
    Ok(NewPurchase {
        at: instant("at", asked.at.as_ref())?,
        client_id: asked.client_id,
        source: asked.source,
        external_id: asked.external_id,
        vehicle: asked.vehicle.map(vehicle),
        amount: asked.amount.map(money),
        branch_id: asked.branch_id,
        employee_id: asked.employee_id,
        reason: asked.reason,
    })
}

pub(in crate::grpc) fn contact_answer(asked: AnswerContactRequest) -> Answer {
    Answer {
        client_id: asked.client_id,
        kind: asked.kind,
        value: asked.value,
        network: asked.network,
        answer: asked.answer,
        by: asked.by,
        ref_id: asked.ref_id,
    }
}

pub(in crate::grpc) fn relation(asked: PutRelationRequest) -> Result<NewRelation, RegistryError> {
    Ok(NewRelation {
        since: instant("since", asked.since.as_ref())?,
        until: instant("until", asked.until.as_ref())?,
        client_id: asked.client_id,
        other_client_id: asked.other_client_id,
        kind: asked.kind,
        position: asked.position,
        buyer_role: asked.buyer_role,
    })
}

pub(in crate::grpc) fn vehicle_role(asked: SetVehicleRoleRequest) -> Result<NewRole, RegistryError> {
    Ok(NewRole {
        from: instant("from", asked.from.as_ref())?,
        until: instant("until", asked.until.as_ref())?,
        client_id: asked.client_id,
        vehicle_id: asked.vehicle_id,
        role: asked.role,
    })
}
