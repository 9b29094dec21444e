//! Formats a waterfall for a terminal.

use std::fmt::Write;

use super::{Waterfall, WaterfallRow};

/// Minimum width of a waterfall in characters.
const NARROWEST: usize = 40;
/// Width of the duration column in characters.
const DURATION: usize = 10;

impl Waterfall {
    /// Formats the waterfall as lines of at most `width` characters (at least 40).
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let width = width.max(NARROWEST);
        let bar = (width - DURATION - 2) * 2 / 5;
        let label = width - DURATION - 2 - bar;
        let mut text = String::new();
        for row in &self.rows {
            let duration = duration(row.span.duration_ns());
            let line = format!(
                "{} {} {duration:>DURATION$}",
                fitted(&labelled(row), label),
                drawn(row, self.duration_ns, bar)
            );
            // Writing to a String does not fail.
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

fn labelled(row: &WaterfallRow) -> String {
    let indent = "  ".repeat(row.depth);
    let hop = if row.is_hop { "⇢ " } else { "" };
    let failed = if row.span.error.is_some() { " ✗" } else { "" };
    let service = row.span.service();
    let service = if row.is_hop && !service.is_empty() { format!(" ({service})") } else { String::new() };
    format!("{indent}{hop}{}{service}{failed}", row.span.name)
}

/// Pads or cuts a label to exactly `width` characters. Control characters are removed, because a name comes from
/// clients and could change the terminal.
fn fitted(label: &str, width: usize) -> String {
    let shown: Vec<char> = label.chars().filter(|character| !character.is_control()).collect();
    let mut text: String = shown.iter().take(width).collect();
    if shown.len() > width {
        text.pop();
        text.push('…');
    }
    text + &" ".repeat(width.saturating_sub(shown.len()))
}

/// Draws the span's bar at its position between start and end, at least one character wide.
fn drawn(row: &WaterfallRow, whole_ns: u64, width: usize) -> String {
    let scale = |ns: u64| {
        let place = u128::from(ns) * width as u128 / u128::from(whole_ns.max(1));
        usize::try_from(place).unwrap_or(width).min(width)
    };
    let from = scale(row.offset_ns).min(width - 1);
    let to = scale(row.offset_ns.saturating_add(row.span.duration_ns())).max(from + 1);
    format!("{}{}{}", "·".repeat(from), "█".repeat(to - from), "·".repeat(width - to))
}

/// Formats a duration with a suitable unit, such as `1.2 ms`.
fn duration(ns: u64) -> String {
    let (unit, name) = match ns {
        0..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let tenths = u128::from(ns) * 10 / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
