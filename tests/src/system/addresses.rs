//! Who listens where: a pair of ports per copy, one address per service in front of its copies, lines to the servers.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
};

use super::{Instance, Listens, Service};
use crate::{
    balancer::{Balancer, Probe},
    proxy::Proxy,
};

/// Two free ports per copy, outside the range of outgoing connections: no client can take the port of a service
/// that is down for the moment.
pub(super) fn free_addresses(copies: usize) -> anyhow::Result<HashMap<Instance, Listens>> {
    anyhow::ensure!(copies > 0, "a system has at least one copy of each service");
    let mut taken = HashSet::new();
    let mut next = || -> anyhow::Result<SocketAddr> {
        loop {
            let port = edina_devstack::free_port()?;
            if taken.insert(port) {
                return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
            }
        }
    };
    let mut listens = HashMap::new();
    for service in Service::ALL {
        for number in 0..copies {
            let (grpc, http) = (next()?, next()?);
            listens.insert(service.copy(number), Listens { grpc, http });
        }
    }
    Ok(listens)
}

/// One address per service for those who call it, and the balancers that make it.
pub(super) async fn balance(
    listens: &HashMap<Instance, Listens>,
    copies: usize,
) -> anyhow::Result<(HashMap<Service, Listens>, Vec<(Balancer, Balancer, Vec<Probe>)>)> {
    let (mut reached, mut balancers) = (HashMap::new(), Vec::new());
    for service in Service::ALL {
        let all: Vec<Listens> = (0..copies)
            .filter_map(|number| listens.get(&service.copy(number)).copied())
            .collect();
        if let [only] = all.as_slice() {
            reached.insert(service, *only);
            continue;
        }
        let probes: Vec<Probe> = all.iter().map(|listens| Probe::start(listens.http)).collect();
        let seen = |address: fn(&Listens) -> SocketAddr| {
            let copies = probes.iter().zip(&all);
            copies
                .map(|(probe, listens)| probe.copy(address(listens)))
                .collect()
        };
        let grpc = Balancer::start(seen(|listens| listens.grpc)).await?;
        let http = Balancer::start(seen(|listens| listens.http)).await?;
        let (at_grpc, at_http) = (grpc.address(), http.address());
        reached.insert(
            service,
            Listens {
                grpc: at_grpc,
                http: at_http,
            },
        );
        balancers.push((grpc, http, probes));
    }
    Ok((reached, balancers))
}

/// A line to a server on this machine.
pub(super) async fn line(port: u16) -> anyhow::Result<Proxy> {
    Proxy::start(SocketAddr::from(([127, 0, 0, 1], port))).await
}

/// The URL of a server, by way of its line.
pub(super) fn through(url: &str, port: u16, line: &Proxy) -> String {
    url.replace(&format!(":{port}"), &format!(":{}", line.address().port()))
}
