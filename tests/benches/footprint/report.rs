//! The result as text: what was measured, what telemetry adds, and whether the budget is met.

use std::fmt::Write as _;
use std::time::Duration;

use crate::Error;
use crate::callgrind::{self, Counts};
use crate::subject::{BARE, EXTENDED, Setting, Subject, UNTRACED};
use crate::timing::{self, Times};

/// Bytes of a binary. Lambda loads it before a start.
const BYTES: u64 = 8_000_000;
/// What a start may take beyond that of the bare function.
const INIT: Duration = Duration::from_micros(2_500);
/// Instructions of a warm invocation of `create-order` beyond those of the bare function: in each setting, over HTTPS as in
/// Lambda and with spans.
const WARM: u64 = 800_000;

/// All that was measured of one subject.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) subject: &'static Subject,
    pub(crate) bytes: u64,
    pub(crate) times: Times,
    /// `None` where they were skipped.
    pub(crate) counts: Option<Counts>,
}

/// Whether one part of the budget is met, and how the report says so.
type Verdict = (bool, String);

/// The whole report, and whether the budget is met.
pub(crate) fn report(rows: &[Row]) -> Result<(String, bool), Error> {
    let (mut text, verdicts) = (table(rows)?, verdicts(rows)?);
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
    for (is_met, verdict) in &verdicts {
        writeln!(text, "{} {verdict}", if *is_met { "met   " } else { "MISSED" })?;
    }
    if rows.iter().any(|row| row.counts.is_none()) {
        writeln!(text, "SKIPPED instructions: valgrind is not installed")?;
    }
    text += &telemetry(rows)?;
    Ok((text, verdicts.iter().all(|(is_met, _)| *is_met)))
}

fn table(rows: &[Row]) -> Result<String, Error> {
    let bare = row(rows, BARE)?;
    let mut text = String::from(
        "| function | bytes | init ms | first ms | warm ms | init M instr. | first M instr. | warm M instr. |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let nanoseconds = |times: Times| [times.init, times.first, times.warm].map(nanos);
    let instructions = |counts: Counts| [counts.init, counts.first, counts.warm];
    for row in rows {
        let hundredths = row.bytes * 100 / bare.bytes.max(1);
        let ratio = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        write!(text, "| {} | {} (×{ratio}) |", row.subject.name(), row.bytes)?;
        for (own, bare) in nanoseconds(row.times).into_iter().zip(nanoseconds(bare.times)) {
            write!(text, " {} |", beside(own, bare))?;
        }
        let counts = row.counts.zip(bare.counts).map(|(own, bare)| (instructions(own), instructions(bare)));
        for column in 0..3 {
            let cell = counts.map(|(own, bare)| beside(own[column], bare[column]));
            write!(text, " {} |", cell.unwrap_or_else(|| "skipped".to_owned()))?;
        }
        writeln!(text)?;
    }
    Ok(text)
}

/// The verdicts on all parts of the budget; what was not measured has none.
fn verdicts(rows: &[Row]) -> Result<Vec<Verdict>, Error> {
    let bare = row(rows, BARE)?;
    let largest = rows.iter().max_by_key(|row| row.bytes).ok_or("nothing was measured")?;
    let slowest = rows.iter().max_by_key(|row| row.times.init).ok_or("nothing was measured")?;
    let beyond = slowest.times.init.saturating_sub(bare.times.init);
    let (bytes, most) = (millions(largest.bytes), millions(BYTES));
    let size = format!("size: at most {bytes} MB ({}), of {most} MB", largest.subject.name());
    let (time, most) = (millions(nanos(beyond)), millions(nanos(INIT)));
    let start = format!(
        "start: at most {time} ms beyond the bare function ({}), of {most} ms",
        slowest.subject.name()
    );
    let mut verdicts = vec![(largest.bytes <= BYTES, size), (beyond <= INIT, start)];
    for row in rows.iter().filter(|row| row.subject.function == "create-order") {
        if let Some((own, bare)) = row.counts.zip(bare.counts) {
            let beyond = own.warm.saturating_sub(bare.warm);
            let (name, count, most) = (row.subject.name(), millions(beyond), millions(WARM));
            let text = format!("warm {name}: {count} M instructions beyond the bare function, of {most} M");
            verdicts.push((beyond <= WARM, text));
        }
    }
    Ok(verdicts)
}

/// What telemetry adds: a function with its spans to a collector against the same binary without, and what stays the same for
/// every function.
fn telemetry(rows: &[Row]) -> Result<String, Error> {
    let mut text = String::from(
        "\nTelemetry: with spans to a collector, against the same binary with telemetry's spans off\n\n\
         | function | start | first answer | answer | billed | warm instructions |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    let nanoseconds = |times: Times| [times.init, times.first, times.warm, times.billed].map(nanos);
    for on in rows.iter().filter(|row| row.subject.setting == Setting::Traced) {
        let off = row(rows, on.subject.function)?;
        write!(text, "| {} |", on.subject.function)?;
        for (on, off) in nanoseconds(on.times).into_iter().zip(nanoseconds(off.times)) {
            write!(text, " ×{} (+{} ms) |", ratio(on, off), millions(on.saturating_sub(off)))?;
        }
        writeln!(text, " {} |", instructions(on, off))?;
    }
    let (with, without) = (row(rows, "create-order")?, row(rows, UNTRACED)?);
    let (extended, bare) = (row(rows, EXTENDED)?, row(rows, BARE)?);
    write!(
        text,
        "\nBinary of create-order: {} bytes, ×{} of one without telemetry ({} bytes).\n\
         Logs and metrics, spans off: warm instructions {} of one without telemetry.\n\
         An internal extension that does nothing, beside the bare function: warm instructions {}, billed ×{}.\n",
        with.bytes,
        ratio(with.bytes, without.bytes),
        without.bytes,
        instructions(with, without),
        instructions(extended, bare),
        ratio(nanos(extended.times.billed), nanos(bare.times.billed)),
    )?;
    Ok(text)
}

/// The row of `function` without spans.
fn row<'a>(rows: &'a [Row], function: &str) -> Result<&'a Row, Error> {
    let of = |row: &&Row| row.subject.function == function && row.subject.setting == Setting::Plain;
    Ok(rows.iter().find(of).ok_or_else(|| format!("{function} was not measured"))?)
}

/// `×1.42 (+0.31 M)`.
fn instructions(more: &Row, less: &Row) -> String {
    let Some((more, less)) = more.counts.zip(less.counts) else { return "skipped".to_owned() };
    format!("×{} (+{} M)", ratio(more.warm, less.warm), millions(more.warm.saturating_sub(less.warm)))
}

/// `2.87 (+1.03)`: in millions, and against the bare function.
fn beside(own: u64, bare: u64) -> String {
    let sign = if own >= bare { '+' } else { '-' };
    format!("{} ({sign}{})", millions(own), millions(own.abs_diff(bare)))
}

/// A million of which is a millisecond.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// With two decimals, rounded up, so that nothing looks better than it is.
fn millions(count: u64) -> String {
    let hundredths = count.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// With two decimals, rounded to the nearest.
fn ratio(more: u64, less: u64) -> String {
    let less = less.max(1);
    let hundredths = (more * 100 + less / 2) / less;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
