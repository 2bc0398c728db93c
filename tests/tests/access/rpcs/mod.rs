//! The table of rpcs: a request with our ids in it, and what another group's caller gets for it.

mod calls;
mod intake;
mod notification;
mod registry;

use prost::Message;

use crate::world::World;

/// What another group's caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// There is nothing of that id.
    NotFound,
    /// An answer about their own group, with nothing of ours in it; or a refusal of what was asked.
    Own,
}

pub(crate) struct Rpc {
    /// `/package.Service/Method`
    pub(crate) path: &'static str,
    pub(crate) request: Vec<u8>,
    pub(crate) foreign: Foreign,
}

fn rpc(path: &'static str, foreign: Foreign, request: impl Message) -> Rpc {
    Rpc {
        path,
        request: request.encode_to_vec(),
        foreign,
    }
}

pub(crate) fn rpcs(world: &World) -> Vec<Rpc> {
    let services = [calls::rpcs, intake::rpcs, notification::rpcs, registry::rpcs];
    services
        .into_iter()
        .flat_map(|of_service| of_service(world))
        .collect()
}
