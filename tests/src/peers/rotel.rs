//! An OpenTelemetry collector on the PyPI package `rotel`: it takes OTLP over gRPC and prints all that arrives.

use std::{collections::HashMap, net::SocketAddr, path::Path, time::Instant};

use super::{POLL, START, install};
use crate::process::{Process, Program};

const VERSION: &str = "0.0.1a15";
/// Of the wheels for CPython 3.10 to 3.13 on Linux, x86-64 and AArch64.
const HASHES: [&str; 8] = [
    "797faed4ec003b0b1ab65fee25a18c991cb863c221f503d383425f0958aaa5fa",
    "817514e91c57467615784f48c0f055bfdfa245d8e3a2946d829e4a7cb943b389",
    "2f4117e58410c933e0dc042a268ef738dab2e3a5d63b5831209acdac2a6ddcb7",
    "4eb01f9e5d228e4086f63e16cf1d0fa6e92b724bde51f120932a742acec5b0ba",
    "6b1a12b2d6d52ab10574cb111053402f2bc195fa55453b19294af57c0d35bece",
    "ad64b2ce04e37d2c0e88bf34f90b8981381576dc6af2e9604bac69259e106470",
    "322a830deed963dd5dcc460007e917eec071c5977e51c3a06029348f39e4eec9",
    "71475e9b9861626c558717f74e3a064ac3cb96121eb6973ea997fe2448ae81fe",
];

/// A span as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace: String,
    /// 16 hexadecimal digits.
    pub id: String,
    /// Of the span it hangs on; empty for none.
    pub parent: String,
    /// What it is called.
    pub name: String,
    /// `service.name` of the process that made it.
    pub service: String,
    /// What it says besides, as text.
    pub attributes: HashMap<String, String>,
}

impl Span {
    fn read(&mut self, line: &str) {
        if let Some((name, value)) = line.trim().strip_prefix("-> ").and_then(string) {
            self.attributes.insert(name.to_owned(), value.to_owned());
        } else if let Some((field, value)) = line.split_once(" :") {
            let place = match field.trim() {
                "Trace ID" => &mut self.trace,
                "Parent ID" => &mut self.parent,
                "ID" => &mut self.id,
                "Name" => &mut self.name,
                _ => return,
            };
            value.trim().clone_into(place);
        }
    }
}

/// A number as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Point {
    /// Name of the metric.
    pub metric: String,
    /// `Sum`, `Gauge` or `Histogram`.
    pub kind: String,
    /// `service.name` of the process that made it.
    pub service: String,
    /// Labels.
    pub attributes: HashMap<String, String>,
    /// The value; of a histogram its count.
    pub value: f64,
}

/// The running collector.
#[derive(Debug)]
pub struct Rotel {
    process: Process,
    address: SocketAddr,
}

impl Rotel {
    /// Starts it on free ports.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let package = install::python_program("rotel", VERSION, &HASHES)?;
        let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let address = local(edina_devstack::free_port()?);
        let http = local(edina_devstack::free_port()?);
        let mut program = Program::new("rotel", package.join("rotel/rotel-agent")).arg("start");
        for (option, value) in [
            ("--otlp-grpc-endpoint", address.to_string()),
            ("--otlp-http-endpoint", http.to_string()),
            ("--exporter", "blackhole".to_owned()),
            ("--debug-log", "traces".to_owned()),
            ("--debug-log", "metrics".to_owned()),
            ("--debug-log-verbosity", "detailed".to_owned()),
            (
                "--pid-file",
                folder.join("rotel.pid").to_string_lossy().into_owned(),
            ),
        ] {
            program = program.arg(option).arg(value);
        }
        let mut process = program.start(folder)?;
        let deadline = Instant::now() + START;
        while tokio::net::TcpStream::connect(address).await.is_err() {
            anyhow::ensure!(
                process.runs() && Instant::now() < deadline,
                "no collector: {}",
                process.tail()
            );
            tokio::time::sleep(POLL).await;
        }
        Ok(Self { process, address })
    }

    /// To give to the services as their OTLP endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens, in the clear.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All it has printed: everything that ever arrived.
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Every span so far.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut open: Option<Span> = None;
        let mut service = String::new();
        for line in self.output().lines() {
            if line.starts_with("Resource") {
                // What follows is about a process, not about the last span.
                spans.extend(open.take());
            }
            if let Some(name) = attribute(line, "service.name") {
                name.clone_into(&mut service);
            }
            if line.starts_with("Span #") {
                spans.extend(open.replace(Span {
                    service: service.clone(),
                    ..Span::default()
                }));
            }
            if let Some(span) = &mut open {
                span.read(line);
            }
        }
        spans.extend(open);
        spans
    }

    /// Every number so far, oldest first.
    pub fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        let mut point = Point::default();
        for line in self.output().lines() {
            if let Some(name) = attribute(line, "service.name") {
                name.clone_into(&mut point.service);
            } else if let Some(name) = line.trim().strip_prefix("-> Name: ") {
                name.clone_into(&mut point.metric);
            } else if let Some(kind) = line.trim().strip_prefix("-> DataType: ") {
                kind.clone_into(&mut point.kind);
            } else if line.contains("DataPoints #") {
                point.attributes.clear();
            } else if let Some(value) = line
                .strip_prefix("Value: ")
                .or_else(|| line.strip_prefix("Count: "))
            {
                point.value = value.trim().parse().unwrap_or(f64::NAN);
                points.push(point.clone());
            } else if let Some((name, value)) = line.trim().strip_prefix("-> ").and_then(string) {
                point.attributes.insert(name.to_owned(), value.to_owned());
            }
        }
        points
    }

    /// How it goes on, for a failure message.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.trim().strip_prefix("-> ").and_then(string)?;
    (found == name).then_some(value)
}

/// `name: Str(value)`
fn string(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(": Str(")?;
    Some((name, value.strip_suffix(')')?))
}
