//! The operator's requests, and the report that answers them.

use std::num::NonZeroU32;

use es_core::{ScanCursor, StreamId, StreamVersion, Timestamp};
use event_bus::Replay;
use serde::{Deserialize, Serialize};

/// A request: `{"task":"stream","stream":"…-<uuid>","from":3,"to":7}`,
/// `{"task":"time","since":"2026-11-22T12:00:00Z","until":"2026-11-22T13:00:00Z"}`, `{"task":"all"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RepublishRequest {
    /// Publish the events of one stream.
    Stream {
        /// The stream.
        stream: StreamId,
        /// The first version; 1 by default.
        #[serde(default = "first")]
        from: StreamVersion,
        /// The last version; the stream's last one by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<StreamVersion>,
        /// The rule that the events are for; every rule by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleName>,
        /// The most events per second, 1 to 1,000; 100 by default.
        #[serde(default)]
        per_second: EventRate,
    },
    /// Publish the events of all streams whose commands were accepted within a time.
    Time {
        /// The beginning of the time.
        since: Timestamp,
        /// The end of the time, which does not belong to it.
        until: Timestamp,
        /// The rule that the events are for; every rule by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleName>,
        /// The most events per second, 1 to 1,000; 100 by default.
        #[serde(default)]
        per_second: EventRate,
        /// The position in the event table at which the request continues another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ScanCursor>,
    },
    /// Publish all events.
    All {
        /// The rule that the events are for; every rule by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleName>,
        /// The most events per second, 1 to 1,000; 100 by default.
        #[serde(default)]
        per_second: EventRate,
        /// The position in the event table at which the request continues another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ScanCursor>,
    },
}

const fn first() -> StreamVersion {
    StreamVersion::NONE.next()
}

impl RepublishRequest {
    /// The mark of the events.
    pub(crate) fn replay(&self) -> Replay {
        let (Self::Stream { rule, .. } | Self::Time { rule, .. } | Self::All { rule, .. }) = self;
        Replay { rule: rule.as_ref().map(|rule| rule.0.clone()) }
    }

    /// The most events per second.
    pub(crate) const fn rate(&self) -> NonZeroU32 {
        let (Self::Stream { per_second, .. } | Self::Time { per_second, .. } | Self::All { per_second, .. }) =
            self;
        per_second.0
    }

    /// Checks that the range of the request can contain an event.
    ///
    /// # Errors
    /// [`EmptyRange`] if the range ends before it begins.
    pub(crate) fn check_range(&self) -> Result<(), EmptyRange> {
        match self {
            Self::Stream { from, to: Some(to), .. } if to < from => Err(EmptyRange::Versions),
            Self::Time { since, until, .. } if until <= since => Err(EmptyRange::Time),
            Self::Stream { .. } | Self::Time { .. } | Self::All { .. } => Ok(()),
        }
    }
}

/// A range of a request that contains nothing. Without this refusal, two values in the wrong order would publish nothing
/// and the report would say that the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmptyRange {
    /// The last version is before the first one.
    #[error("to must be the version in from or a later one")]
    Versions,
    /// The end of the time is not after its beginning.
    #[error("until must be later than since")]
    Time,
}

/// The number of characters of a rule's name at most.
///
/// Source: Amazon `EventBridge` API Reference, `PutRule`.
const MAX_RULE: usize = 64;

/// The name of a rule of the bus: 1 to 64 letters, digits and characters of `.-_`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RuleName(String);

/// A text that no rule has as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rule must have 1 to {MAX_RULE} letters, digits and characters of .-_")]
pub struct InvalidRule;

impl TryFrom<String> for RuleName {
    type Error = InvalidRule;

    fn try_from(text: String) -> Result<Self, InvalidRule> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let fits = (1..=MAX_RULE).contains(&text.len()) && text.bytes().all(is_valid);
        if fits { Ok(Self(text)) } else { Err(InvalidRule) }
    }
}

/// The most events per second that a request may ask for. The quota of a bus is 400 to 10,000 per second, depending on
/// the region, and the publisher shares it.
///
/// Source: Amazon `EventBridge` User Guide, "Amazon `EventBridge` quotas" (`PutEvents` throttle limit in transactions per
/// second).
const MAX_RATE: u32 = 1_000;

/// A number of events per second, 1 to 1,000; 100 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct EventRate(NonZeroU32);

/// A number of events per second that is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("per_second must be a number from 1 to {MAX_RATE}, not {0}")]
pub struct InvalidRate(u32);

impl Default for EventRate {
    fn default() -> Self {
        Self(NonZeroU32::MIN.saturating_add(99))
    }
}

impl From<EventRate> for u32 {
    fn from(rate: EventRate) -> Self {
        rate.0.get()
    }
}

impl TryFrom<u32> for EventRate {
    type Error = InvalidRate;

    fn try_from(number: u32) -> Result<Self, InvalidRate> {
        let rate = NonZeroU32::new(number).filter(|rate| rate.get() <= MAX_RATE);
        rate.map(Self).ok_or(InvalidRate(number))
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RepublishReport {
    /// The number of events that the bus has accepted.
    pub published: u64,
    /// The number of items of the event table that are not commits. The log has their keys.
    pub unreadable: u64,
    /// Why the work stopped before its end; missing if the work is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The request that continues the work; missing if the work is done.
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    pub rest: Option<RepublishRequest>,
}
