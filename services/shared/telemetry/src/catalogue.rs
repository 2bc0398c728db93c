//! Every metric that the services export, in one table: what it counts, its labels, and how to add up copies.
//!
//! The README shows the same table (a test holds the two together), `/metrics` and OTLP take their descriptions from it,
//! and a journey compares it with what running services answer. A metric that is not here is a mistake.

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; starts at zero with the process.
    Counter,
    /// As it is at the moment.
    Gauge,
    /// Counts per bucket; `_bucket`, `_sum`, `_count`.
    Histogram(Buckets),
}

/// Bounds of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buckets {
    /// From a screen pop to a slow provider: a millisecond to ten seconds.
    Machine,
    /// What people take: a minute to two days.
    People,
}

impl Buckets {
    /// Upper bounds in seconds.
    pub const fn bounds(self) -> &'static [f64] {
        match self {
            Self::Machine => &[
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
            ],
            Self::People => &[
                60.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 14_400.0, 86_400.0, 172_800.0,
            ],
        }
    }
}

/// Whose number it is, which decides how copies of a service are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The process's own: `sum` over copies.
    Process,
    /// The database's or the broker's, told by every copy alike: `max` over copies, never `sum`.
    Shared,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name; base units, `_total` for counters.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// Whose number it is.
    pub of: Of,
    /// Its labels. None holds an id, a name or a number of a person.
    pub labels: &'static [&'static str],
    /// What it says.
    pub text: &'static str,
}

const fn counter(name: &'static str, labels: &'static [&'static str], text: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        of: Of::Process,
        labels,
        text,
    }
}

const fn gauge(name: &'static str, of: Of, labels: &'static [&'static str], text: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        of,
        labels,
        text,
    }
}

const fn times(name: &'static str, labels: &'static [&'static str], text: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Histogram(Buckets::Machine),
        of: Of::Process,
        labels,
        text,
    }
}

/// The table, by subject.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    // Leads and the response clock
    counter("edina_intake_leads_total", &["channel"], "Leads accepted"),
    counter("edina_intake_rejected_total", &["channel"], "Inputs, or parts of them, that could not be read and were kept"),
    counter("edina_intake_throttled_total", &[], "Posts refused because their sender, or a public form, had sent too many"),
    gauge("edina_leads_open", Of::Shared, &[], "Leads that are not closed (counted up to 10,000 per group)"),
    gauge("edina_leads_unanswered", Of::Shared, &[], "Open leads that nobody has answered yet (up to 10,000 per group)"),
    gauge("edina_leads_overdue", Of::Shared, &[], "Unanswered leads whose response clock has run out (up to 10,000 per group)"),
    gauge("edina_leads_oldest_overdue_seconds", Of::Shared, &[], "How long ago the clock of the longest overdue lead ran out; 0 for none"),
    Metric { name: "edina_lead_response_seconds", kind: Kind::Histogram(Buckets::People), of: Of::Process, labels: &["by"], text: "From the lead's arrival to its answer" },
    counter("edina_registry_resolved_total", &["source", "outcome"], "Source records placed: linked, created, to review"),
    counter("edina_registry_portions_total", &["cards"], "Portions of imports by when their cards were read: ahead of their turn, or in it"),
    // Calls
    counter("edina_calls_total", &["direction", "outcome"], "Calls that ended"),
    gauge("edina_calls_without_card", Of::Shared, &[], "Outside calls of the last 24 hours that ended more than a minute ago and belong to no client (up to 10,000 per group)"),
    counter("edina_calls_updates_refused_total", &[], "Changes of calls that could not be stored and were left out"),
    gauge("edina_pbx_reader", Of::Process, &["group", "pbx"], "1 on the copy whose turn it is to read the exchange: the sum over copies is 1"),
    gauge("edina_pbx_connected", Of::Process, &["group", "pbx"], "1 on the copy that is connected to the exchange and signed in"),
    counter("edina_pbx_events_total", &["group", "pbx"], "Events of an exchange that were taken"),
    counter("edina_pbx_events_dropped_total", &[], "Events of an exchange that came faster than they were taken"),
    // Messages
    counter("edina_messages_total", &["channel", "state"], "Steps of messages to clients and employees, by the state they came to"),
    gauge("edina_provider_up", Of::Process, &["channel"], "1 while messages can leave: SMS while the provider is connected; mail, which connects for each message, until one fails"),
    // Facts on their way
    gauge("edina_outbox_unpublished", Of::Shared, &["producer"], "Facts that wait for the relay (up to 10,000)"),
    gauge("edina_outbox_oldest_seconds", Of::Shared, &["producer"], "Age of the oldest fact that waits for the relay; 0 for none"),
    counter("edina_outbox_published_total", &["producer"], "Facts published and acknowledged"),
    times("edina_outbox_lag_seconds", &["producer"], "From a fact's time to its acknowledgement by NATS"),
    counter("edina_events_consumed_total", &["consumer", "producer", "first"], "Facts applied; first=\"false\" are repeats that changed nothing"),
    gauge("edina_consumer_pending", Of::Shared, &["consumer", "producer"], "Facts of the producer's stream that were not delivered to the consumer yet"),
    gauge("edina_consumer_ack_pending", Of::Shared, &["consumer", "producer"], "Facts delivered and not acknowledged yet"),
    gauge("edina_consumer_redelivered", Of::Shared, &["consumer", "producer"], "Facts not acknowledged yet that were delivered more than once"),
    gauge("edina_consumer_last_handled_timestamp_seconds", Of::Process, &["consumer", "producer"], "When this copy applied a fact last (Unix time); max over copies"),
    counter("edina_dead_letters_total", &["consumer"], "Facts put aside"),
    gauge("edina_dead_letters_kept", Of::Shared, &["consumer"], "Dead letters that wait for somebody"),
    // Jobs
    counter("edina_jobs_total", &["kind", "ok"], "Jobs tried"),
    times("edina_job_duration_seconds", &["kind"], "How long a job took"),
    gauge("edina_jobs_due", Of::Shared, &["kind"], "Jobs whose time has come and that nobody does at this moment (up to 10,000 of all kinds)"),
    gauge("edina_jobs_oldest_due_seconds", Of::Shared, &["kind"], "For how long the longest waiting job has been due; 0 for none"),
    gauge("edina_jobs_failing", Of::Shared, &["kind"], "Jobs that failed at least once and are tried again"),
    // Requests
    times("edina_http_request_duration_seconds", &["method", "route", "status"], "HTTP requests until the answer's head, by route pattern and class of status"),
    times("edina_grpc_request_duration_seconds", &["rpc", "code"], "gRPC calls served"),
    counter("edina_requests_refused_total", &["listener"], "Requests and connections turned away because there were too many at once"),
    counter("edina_panics_total", &[], "Requests that ended in a fault of ours"),
    counter("edina_sign_ins_total", &["outcome"], "Sign-ins at the console: opened, refused, locked"),
    // What it stands on
    gauge("edina_ready", Of::Process, &["service"], "1 while the service can accept: what /readyz says"),
    gauge("edina_dependency_up", Of::Process, &["service", "dependency"], "1 while what it depends on is there: its database, NATS, its stream, the streams it follows"),
    gauge("edina_database_connections", Of::Process, &["service", "state"], "Connections to PostgreSQL, idle and busy"),
    gauge("edina_database_connections_max", Of::Process, &["service"], "Most connections it may have"),
    times("edina_database_wait_seconds", &["service"], "From wanting a transaction to having one: waiting for a connection, and one round trip"),
    // The process
    gauge("edina_build_info", Of::Process, &["service", "version"], "Always 1"),
    gauge("edina_process_resident_bytes", Of::Process, &[], "Resident memory"),
    counter("edina_process_cpu_seconds_total", &[], "CPU time, user and system"),
    gauge("edina_process_start_time_seconds", Of::Process, &[], "When the process began (Unix time)"),
    gauge("edina_process_open_files", Of::Process, &[], "Open file descriptors"),
    gauge("edina_process_threads", Of::Process, &[], "Threads of the operating system"),
    gauge("edina_tokio_tasks", Of::Process, &[], "Tasks that live in the async runtime"),
    gauge("edina_tokio_queue_depth", Of::Process, &[], "Tasks that wait in the runtime's shared queue"),
];

/// The metric of that name.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Bounds of a histogram; those of machines for one that is not in the table.
pub(crate) fn bounds(name: &str) -> &'static [f64] {
    match metric(name).map(|metric| metric.kind) {
        Some(Kind::Histogram(buckets)) => buckets.bounds(),
        _ => Buckets::Machine.bounds(),
    }
}

/// The table as the README shows it.
pub fn table() -> String {
    let mut lines = vec![
        "| metric | kind | copies | labels | what it says |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(METRICS.iter().map(|metric| {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        let copies = match metric.of {
            Of::Process => "sum",
            Of::Shared => "max",
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        format!(
            "| `{}` | {kind} | {copies} | {} | {} |",
            metric.name,
            labels.join(" "),
            metric.text
        )
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_ours_single_and_in_base_units() {
        let mut seen = HashSet::new();
        for metric in METRICS {
            assert!(metric.name.starts_with("edina_"), "{}", metric.name);
            assert!(seen.insert(metric.name), "{} twice", metric.name);
            assert_eq!(
                metric.name.ends_with("_total"),
                metric.kind == Kind::Counter,
                "{}",
                metric.name
            );
            if matches!(metric.kind, Kind::Histogram(_)) {
                assert!(metric.name.ends_with("_seconds"), "{}", metric.name);
            }
            for label in metric.labels {
                // Groups only where the operator's settings name them.
                let named_in_settings = metric.name.starts_with("edina_pbx_");
                let bounded = !label.contains("id") && (named_in_settings || *label != "group");
                assert!(bounded, "{}: {label}", metric.name);
            }
        }
    }

    #[test]
    fn the_readme_shows_this_table() {
        let readme = include_str!("../README.md");
        assert!(readme.contains(&table()), "put this into README.md:\n{}", table());
    }
}
