//! Reports the error of a request that several changes share.

use std::error::Error;
use std::sync::Arc;

use crate::{ReportResult, WriteError};

/// Reports `error` for the change at each of `indexes`.
pub fn report_error(indexes: impl Iterator<Item = usize>, error: WriteError, report: &ReportResult<'_>) {
    type Shared = Arc<dyn Error + Send + Sync>;
    type Variant = fn(Box<dyn Error + Send + Sync>) -> WriteError;
    let (shared, variant): (Shared, Variant) = match error {
        WriteError::Throttled(source) => (source.into(), WriteError::Throttled),
        WriteError::Unavailable(source) => (source.into(), WriteError::Unavailable),
        WriteError::Unwritable(unwritable) => {
            return indexes.for_each(|index| report(index, Err(unwritable.clone().into())));
        }
    };
    indexes.for_each(|index| report(index, Err(variant(Box::new(Arc::clone(&shared))))));
}

/// Reports `error` for the change at each of `indexes` if the table throttles. The caller would otherwise apply each of
/// the changes on its own, which loads the table even more. After another error, one of the changes may be the cause, so
/// the changes have no result.
pub fn report_throttling(indexes: impl Iterator<Item = usize>, error: WriteError, report: &ReportResult<'_>) {
    if matches!(error, WriteError::Throttled(_)) {
        report_error(indexes, error, report);
    }
}
