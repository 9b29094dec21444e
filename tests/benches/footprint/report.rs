//! The result as text.

use std::fmt::Write as _;
use std::time::Duration;

use crate::Error;
use crate::budget::Verdict;
use crate::callgrind::{self, Counts};
use crate::subject::{BARE, Subject};
use crate::timing::{self, Times};

/// All that was measured of one subject.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) subject: &'static Subject,
    pub(crate) bytes: u64,
    pub(crate) times: Times,
    /// `None` where they were skipped.
    pub(crate) counts: Option<Counts>,
}

/// The row of the bare function.
pub(crate) fn bare(rows: &[Row]) -> Result<&Row, Error> {
    Ok(rows.iter().find(|row| row.subject.function == BARE).ok_or("the bare function was not measured")?)
}

/// The table, what is in it, and the verdicts.
pub(crate) fn text(rows: &[Row], verdicts: &[Verdict]) -> Result<String, Error> {
    let mut text = table(rows)?;
    write!(
        text,
        "\nIn parentheses: against `{BARE}`, a `lambda_runtime` that answers the event with the event.\n\
         Times are medians: init (process start to first GET /next) and first invocation of {} starts, warm of {} \
         invocations; an invocation is from the event's delivery to its response, the local DynamoDB's share included. \
         Instructions are the function's own, in user space, under callgrind; warm is the mean of {}.\n\n",
        timing::STARTS,
        timing::WARM,
        callgrind::WARM,
    )?;
    for row in rows {
        writeln!(text, "- {}: {}", row.subject.name(), row.subject.invocation)?;
    }
    writeln!(text)?;
    for verdict in verdicts {
        writeln!(text, "{} {}", if verdict.met { "met   " } else { "MISSED" }, verdict.text)?;
    }
    if rows.iter().any(|row| row.counts.is_none()) {
        writeln!(text, "SKIPPED instructions: valgrind is not installed")?;
    }
    Ok(text)
}

fn table(rows: &[Row]) -> Result<String, Error> {
    let bare = bare(rows)?;
    let mut text = String::from(
        "| function | bytes | init ms | first ms | warm ms | init M instr. | first M instr. | warm M instr. |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in rows {
        write!(text, "| {} | {} |", row.subject.name(), bytes(row, bare))?;
        for (own, bare) in each_time(row.times).into_iter().zip(each_time(bare.times)) {
            write!(text, " {} |", time(own, bare))?;
        }
        let counts = row.counts.zip(bare.counts).map(|(own, bare)| [each_count(own), each_count(bare)]);
        for column in 0..3 {
            let cell =
                counts.map_or_else(|| "skipped".to_owned(), |[own, bare]| count(own[column], bare[column]));
            write!(text, " {cell} |")?;
        }
        writeln!(text)?;
    }
    Ok(text)
}

const fn each_time(times: Times) -> [Duration; 3] {
    [times.init, times.first, times.warm]
}

const fn each_count(counts: Counts) -> [u64; 3] {
    [counts.init, counts.first, counts.warm]
}

/// `6977856 (×5.61)`.
fn bytes(row: &Row, bare: &Row) -> String {
    let hundredths = row.bytes * 100 / bare.bytes.max(1);
    format!("{} (×{}.{:02})", row.bytes, hundredths / 100, hundredths % 100)
}

/// `2.87 (+1.03)`.
fn time(own: Duration, bare: Duration) -> String {
    let sign = if own >= bare { '+' } else { '-' };
    format!("{} ({sign}{})", milliseconds(own), milliseconds(own.abs_diff(bare)))
}

/// `0.64 (+0.52)`.
fn count(own: u64, bare: u64) -> String {
    let sign = if own >= bare { '+' } else { '-' };
    format!("{} ({sign}{})", millions(own), millions(own.abs_diff(bare)))
}

/// With two decimals, rounded up, so that nothing looks better than it is.
pub(crate) fn megabytes(bytes: u64) -> String {
    millions(bytes)
}

/// With two decimals, rounded up.
pub(crate) fn milliseconds(time: Duration) -> String {
    millions(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// With two decimals, rounded up.
pub(crate) fn millions(count: u64) -> String {
    let hundredths = count.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
