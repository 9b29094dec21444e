//! What the functions may cost.

use std::time::Duration;

use crate::Error;
use crate::report::{Row, bare, megabytes, millions, milliseconds};

/// Bytes of a binary. Lambda loads it before a start.
const BYTES: u64 = 8_000_000;
/// What a start may take beyond that of the bare function.
const INIT: Duration = Duration::from_micros(2_500);
/// Instructions of a warm invocation of `create-order` beyond those of the bare function: in each setting, over HTTPS as in
/// Lambda and with spans.
const WARM: u64 = 800_000;

/// Whether one part of the budget is met.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) met: bool,
    pub(crate) text: String,
}

/// The verdicts on all parts; what was not measured has none.
pub(crate) fn verdicts(rows: &[Row]) -> Result<Vec<Verdict>, Error> {
    let bare = bare(rows)?;
    let largest = rows.iter().max_by_key(|row| row.bytes).ok_or("nothing was measured")?;
    let slowest = rows.iter().max_by_key(|row| row.times.init).ok_or("nothing was measured")?;
    let beyond = slowest.times.init.saturating_sub(bare.times.init);
    let mut verdicts = vec![
        Verdict {
            met: largest.bytes <= BYTES,
            text: format!(
                "size: at most {} MB ({}), of {} MB",
                megabytes(largest.bytes),
                largest.subject.name(),
                megabytes(BYTES)
            ),
        },
        Verdict {
            met: beyond <= INIT,
            text: format!(
                "start: at most {} ms beyond the bare function ({}), of {} ms",
                milliseconds(beyond),
                slowest.subject.name(),
                milliseconds(INIT)
            ),
        },
    ];
    for row in rows.iter().filter(|row| row.subject.function == "create-order") {
        if let Some((own, bare)) = row.counts.zip(bare.counts) {
            let beyond = own.warm.saturating_sub(bare.warm);
            let text = format!(
                "warm {}: {} M instructions beyond the bare function, of {} M",
                row.subject.name(),
                millions(beyond),
                millions(WARM)
            );
            verdicts.push(Verdict { met: beyond <= WARM, text });
        }
    }
    Ok(verdicts)
}
