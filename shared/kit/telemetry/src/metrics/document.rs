//! The embedded metric format: which members of a line are metrics.
//!
//! Source: CloudWatch User Guide, "Specification: Embedded metric format".

use std::fmt;
use std::time::SystemTime;

use es_core::Timestamp;

use super::{Metric, Metrics};

/// The namespace of every metric.
pub const NAMESPACE: &str = "cqrs-ecommerce";

/// The members of a line, with commas between them: `operation` and `outcome`, the metrics by their names, and, where
/// there are any, `_aws`, which says so.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#""operation":"{}""#, self.operation)?;
        if let Some(outcome) = self.outcome {
            write!(f, r#","outcome":"{outcome}""#)?;
        }
        for (metric, samples) in &self.values {
            match samples.as_slice() {
                [number] => write!(f, r#","{}":{number}"#, metric.name())?,
                samples => write!(f, r#","{}":{samples:?}"#, metric.name())?,
            }
        }
        if self.values.is_empty() { Ok(()) } else { self.declaration(f) }
    }
}

impl Metrics {
    fn declaration(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Timestamp::from(SystemTime::now()).micros() / 1000;
        write!(f, r#","_aws":{{"Timestamp":{now},"CloudWatchMetrics":["#)?;
        let (by_outcome, others): (Vec<Metric>, Vec<Metric>) =
            self.values.iter().map(|(metric, _)| *metric).partition(|metric| *metric == Metric::Commands);
        directive(f, r#""operation","outcome""#, &by_outcome)?;
        if !by_outcome.is_empty() && !others.is_empty() {
            f.write_str(",")?;
        }
        directive(f, r#""operation""#, &others)?;
        f.write_str("]}")
    }
}

/// Declares `metrics` under `dimensions`, where there are any.
fn directive(f: &mut fmt::Formatter<'_>, dimensions: &str, metrics: &[Metric]) -> fmt::Result {
    if metrics.is_empty() {
        return Ok(());
    }
    write!(f, r#"{{"Namespace":"{NAMESPACE}","Dimensions":[[{dimensions}]],"Metrics":["#)?;
    for (place, metric) in metrics.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(f, r#"{comma}{{"Name":"{}","Unit":"{}"}}"#, metric.name(), metric.unit())?;
    }
    f.write_str("]}")
}
