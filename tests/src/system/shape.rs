//! What a system consists of: services, their copies, and what a journey may ask for.

use std::net::SocketAddr;

/// The five services, in the order they are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// client-registry
    Registry,
    /// lead-intake
    Intake,
    /// call-tracking
    Calls,
    /// notification
    Notification,
    /// gateway
    Gateway,
}

impl Service {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Registry,
        Self::Intake,
        Self::Calls,
        Self::Notification,
        Self::Gateway,
    ];

    /// Name of its binary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "client-registry",
            Self::Intake => "lead-intake",
            Self::Calls => "call-tracking",
            Self::Notification => "notification",
            Self::Gateway => "gateway",
        }
    }

    /// The environment variable of one of its settings.
    pub fn variable(self, setting: &str) -> String {
        format!("{}_{setting}", self.database().to_uppercase())
    }

    /// Name of its database.
    pub fn database(self) -> String {
        self.name().replace('-', "_")
    }

    /// One of its copies, from 0.
    pub fn copy(self, number: usize) -> Instance {
        Instance {
            service: self,
            number,
        }
    }
}

/// One running copy of a service. A [`Service`] alone stands for its first copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Of which service.
    pub service: Service,
    /// From 0, below [`Options::copies`].
    pub number: usize,
}

impl Instance {
    /// `lead-intake` for the first copy, then `lead-intake-1`: stem of its configuration and log.
    pub fn name(self) -> String {
        match self.number {
            0 => self.service.name().to_owned(),
            number => format!("{}-{number}", self.service.name()),
        }
    }
}

impl From<Service> for Instance {
    fn from(service: Service) -> Self {
        service.copy(0)
    }
}

/// What a journey wants of its system.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Copies of each service, on the same databases, NATS and caller key. With more than one, services and callers
    /// reach each service through a balancer.
    pub copies: usize,
    /// NATS is reached through [`System::nats_line`].
    pub nats_proxy: bool,
    /// PostgreSQL is reached by the services through [`System::postgres_line`].
    pub postgres_proxy: bool,
    /// Settings of single services beside the usual ones: service, variable without its prefix (`LIMITS__AT_ONCE`), value.
    pub settings: &'static [(Service, &'static str, &'static str)],
    /// Variables that every service gets.
    pub environment: &'static [(&'static str, &'static str)],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            copies: 1,
            nats_proxy: false,
            postgres_proxy: false,
            settings: &[],
            environment: &[],
        }
    }
}

/// Where a copy listens; the same after a restart.
#[derive(Debug, Clone, Copy)]
pub struct Listens {
    /// gRPC.
    pub grpc: SocketAddr,
    /// HTTP.
    pub http: SocketAddr,
}
