//! What telemetry adds: a function with its spans to a collector against the same binary without, and what is in the
//! binary for it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::Error;
use crate::report::{Row, millions, milliseconds};
use crate::stack::Stack;
use crate::subject::{BARE, EXTENDED, SUBJECTS, Setting, UNTRACED};
use crate::timing::WARM;

/// Every warm invocation of a traced function must have been one export.
pub(crate) fn check_exports(stack: &Stack) -> Result<(), Error> {
    let traced = SUBJECTS.iter().filter(|subject| subject.setting == Setting::Traced).count();
    let (exports, expected) = (stack.collector().exports(), u64::try_from(traced * WARM)?);
    if exports < expected {
        return Err(format!("{exports} exports for {expected} traced invocations").into());
    }
    Ok(())
}

/// The table of ratios, and what stays the same for every function.
pub(crate) fn text(rows: &[Row]) -> Result<String, Error> {
    let mut text = String::from(
        "\nTelemetry: with spans to a collector, against the same binary with telemetry's spans off\n\n\
         | function | start | first answer | answer | billed | warm instructions |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for on in rows.iter().filter(|row| row.subject.setting == Setting::Traced) {
        let off = row(rows, on.subject.function)?;
        write!(text, "| {} |", on.subject.function)?;
        let columns = [
            (on.times.init, off.times.init),
            (on.times.first, off.times.first),
            (on.times.warm, off.times.warm),
            (on.times.billed, off.times.billed),
        ];
        for (on, off) in columns {
            write!(
                text,
                " ×{} (+{} ms) |",
                ratio(nanos(on), nanos(off)),
                milliseconds(on.saturating_sub(off))
            )?;
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

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// With two decimals, rounded to the nearest.
fn ratio(more: u64, less: u64) -> String {
    let less = less.max(1);
    let hundredths = (more * 100 + less / 2) / less;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
