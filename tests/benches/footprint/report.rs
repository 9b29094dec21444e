//! Writes the result: the measurements, the cost of telemetry, and whether the budget is met.

use std::fmt::Write as _;
use std::time::Duration;

use crate::Error;
use crate::callgrind::{self, Counts};
use crate::subject::{BARE, EXTENDED, Setting, Subject, UNTRACED};
use crate::timing::{self, Times};

/// The largest size of a binary in bytes. The size matters because Lambda loads the binary at every cold start.
const BYTES: u64 = 8_000_000;
/// The longest time that a start may take beyond the start of the bare function.
const INIT: Duration = Duration::from_micros(2_500);
/// The largest number of instructions that a warm invocation of `create-order` may take beyond the bare function. The
/// limit holds for each setting.
const WARM: u64 = 800_000;

/// The measurements of one subject.
#[derive(Debug)]
pub(crate) struct Measurement {
    pub(crate) subject: &'static Subject,
    pub(crate) bytes: u64,
    pub(crate) times: Times,
    pub(crate) counts: Counts,
}

/// Whether one part of the budget is met, and the report's line about it.
type Verdict = (bool, String);

/// The report, and whether the budget is met.
pub(crate) fn report(rows: &[Measurement]) -> Result<(String, bool), Error> {
    let (mut text, verdicts) = (table(rows)?, verdicts(rows)?);
    write!(
        text,
        "\nThe values in parentheses compare with `{BARE}`, which answers the event with the event.\n\
         Times are medians. \"init\" (process start to first GET /next) and \"first\" (first invocation) are of \
         {} starts, \"warm\" is of {} invocations. An invocation lasts from the delivery of the event to the \
         response, and includes the work of the local DynamoDB. Instructions are the function's own, in user \
         space, under callgrind. Warm instructions are the mean of {} invocations.\n\n",
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
    text += &telemetry(rows)?;
    Ok((text, verdicts.iter().all(|(is_met, _)| *is_met)))
}

fn table(rows: &[Measurement]) -> Result<String, Error> {
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
        for (own, bare) in instructions(row.counts).into_iter().zip(instructions(bare.counts)) {
            write!(text, " {} |", beside(own, bare))?;
        }
        writeln!(text)?;
    }
    Ok(text)
}

/// The verdicts on all parts of the budget.
fn verdicts(rows: &[Measurement]) -> Result<Vec<Verdict>, Error> {
    let bare = row(rows, BARE)?;
    let largest = rows.iter().max_by_key(|row| row.bytes).ok_or("nothing was measured")?;
    let slowest = rows.iter().max_by_key(|row| row.times.init).ok_or("nothing was measured")?;
    let beyond = slowest.times.init.saturating_sub(bare.times.init);
    let (bytes, most) = (millions(largest.bytes), millions(BYTES));
    let size = format!("size: the largest binary ({}) has {bytes} MB of {most} MB", largest.subject.name());
    let (time, most) = (millions(nanos(beyond)), millions(nanos(INIT)));
    let start = format!(
        "start: the slowest start ({}) takes {time} ms of {most} ms beyond the bare function",
        slowest.subject.name()
    );
    let mut verdicts = vec![(largest.bytes <= BYTES, size), (beyond <= INIT, start)];
    for row in rows.iter().filter(|row| row.subject.function == "create-order") {
        let beyond = row.counts.warm.saturating_sub(bare.counts.warm);
        let (name, count, most) = (row.subject.name(), millions(beyond), millions(WARM));
        let text = format!("warm {name}: {count} M of {most} M instructions beyond the bare function");
        verdicts.push((beyond <= WARM, text));
    }
    Ok(verdicts)
}

/// The cost of telemetry. A table compares each traced function with the same binary without spans. The lines below the
/// table compare builds with and without telemetry, and with and without an extension.
fn telemetry(rows: &[Measurement]) -> Result<String, Error> {
    let mut text = String::from(
        "\nThe cost of telemetry: a function that sends spans to a collector, \
         compared with the same binary without spans\n\n\
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
        "\nThe binary of create-order has {} bytes, ×{} of a build without telemetry ({} bytes).\n\
         Logs and metrics without spans: warm instructions {}, compared with a build without telemetry.\n\
         An internal extension that does nothing: warm instructions {}, billed ×{}, \
         compared with the bare function.\n",
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
fn row<'a>(rows: &'a [Measurement], function: &str) -> Result<&'a Measurement, Error> {
    let is_plain =
        |row: &&Measurement| row.subject.function == function && row.subject.setting == Setting::Plain;
    Ok(rows.iter().find(is_plain).ok_or_else(|| format!("{function} was not measured"))?)
}

/// The factor and the difference of two rows' warm instructions, such as `×1.42 (+0.31 M)`.
fn instructions(more: &Measurement, less: &Measurement) -> String {
    let (more, less) = (more.counts.warm, less.counts.warm);
    format!("×{} (+{} M)", ratio(more, less), millions(more.saturating_sub(less)))
}

/// A value in millions with its difference from the bare function, such as `2.87 (+1.03)`.
fn beside(own: u64, bare: u64) -> String {
    let sign = if own >= bare { '+' } else { '-' };
    format!("{} ({sign}{})", millions(own), millions(own.abs_diff(bare)))
}

/// The nanoseconds of `time`. In millions, they are milliseconds.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Millions with two decimals. They are rounded up, because a value must not look better than it is.
fn millions(count: u64) -> String {
    let hundredths = count.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `more` divided by `less` with two decimals, rounded to the nearest.
fn ratio(more: u64, less: u64) -> String {
    let less = less.max(1);
    let hundredths = (more * 100 + less / 2) / less;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
