//! Meaning of SMPP command statuses.

pub const OK: u32 = 0x00;
pub const SYSTEM_ERROR: u32 = 0x08;
pub const INVALID_COMMAND: u32 = 0x03;
pub const INVALID_BIND_STATUS: u32 = 0x04;
pub const ALREADY_BOUND: u32 = 0x05;
pub const INVALID_DESTINATION: u32 = 0x0B;
pub const BIND_FAILED: u32 = 0x0D;
pub const INVALID_PASSWORD: u32 = 0x0E;
pub const INVALID_SYSTEM_ID: u32 = 0x0F;
pub const QUEUE_FULL: u32 = 0x14;
pub const SUBMIT_FAILED: u32 = 0x45;
pub const THROTTLED: u32 = 0x58;
/// The receiver cannot take a message now: the centre tries again.
pub const RECEIVER_TEMPORARY: u32 = 0x64;

/// What to do about a refused submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    SlowDown,
    MayPassLater,
    Final,
}

/// Sorts a non-zero status of `submit_sm_resp` or `generic_nack`.
#[must_use]
pub const fn verdict(status: u32) -> Verdict {
    match status {
        THROTTLED | QUEUE_FULL => Verdict::SlowDown,
        SYSTEM_ERROR | INVALID_BIND_STATUS | SUBMIT_FAILED | RECEIVER_TEMPORARY => Verdict::MayPassLater,
        _ => Verdict::Final,
    }
}

/// A status in words.
#[must_use]
pub const fn words(status: u32) -> &'static str {
    match status {
        OK => "ok",
        0x01 => "invalid message length",
        0x02 => "invalid command length",
        INVALID_COMMAND => "invalid command id",
        INVALID_BIND_STATUS => "not allowed in this bind state",
        ALREADY_BOUND => "already bound",
        SYSTEM_ERROR => "system error",
        0x0A => "invalid sender address",
        INVALID_DESTINATION => "invalid destination address",
        BIND_FAILED => "bind failed",
        INVALID_PASSWORD => "invalid password",
        INVALID_SYSTEM_ID => "invalid system id",
        QUEUE_FULL => "message queue full",
        SUBMIT_FAILED => "submit failed",
        THROTTLED => "too many messages at once",
        RECEIVER_TEMPORARY => "temporary receiver error",
        0x65 => "permanent receiver error",
        0xFF => "unknown error",
        _ => "provider's own code",
    }
}
