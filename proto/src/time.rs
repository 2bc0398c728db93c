//! Instants between chrono and protobuf.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// A protobuf timestamp of an instant.
pub fn to_proto(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos().min(999_999_999)).unwrap_or(0),
    }
}

/// The instant of a protobuf timestamp; none when it is out of range.
pub fn from_proto(at: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}
