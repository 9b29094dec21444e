//! Measured tables, and the page that they are written into.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::error::PeersError;
use crate::shapes::{END, MARK, NOT_MEASURED, SHAPES, Shape};

/// A table with its cells. A cell that nothing has set says that it was not measured.
#[derive(Debug)]
pub(crate) struct Table {
    shape: &'static Shape,
    cells: BTreeMap<(usize, usize), String>,
}

impl Table {
    /// The table `name` without values.
    pub(crate) fn new(name: &str) -> Result<Self, PeersError> {
        let shape = SHAPES.iter().find(|shape| shape.name == name);
        let shape = shape.ok_or_else(|| PeersError::Page(format!("no table has the name {name}")))?;
        Ok(Self { shape, cells: BTreeMap::new() })
    }

    /// Sets the cells of `row` from the second column on.
    pub(crate) fn set<const N: usize>(&mut self, row: &str, cells: [String; N]) -> Result<(), PeersError> {
        let found = self.shape.rows.iter().position(|known| *known == row);
        let unknown = || PeersError::UnknownCell {
            table: self.shape.name,
            row: row.to_owned(),
            column: format!("{} of {}", N + 1, self.shape.columns.len()),
        };
        let place = found.filter(|_| N + 1 == self.shape.columns.len()).ok_or_else(unknown)?;
        for (index, cell) in cells.into_iter().enumerate() {
            self.cells.insert((place, index + 1), cell);
        }
        Ok(())
    }

    /// The text of the table in Markdown.
    pub(crate) fn text(&self) -> String {
        let mut text = self.shape.head();
        for (place, row) in self.shape.rows.iter().enumerate() {
            text.push_str("| ");
            text.push_str(row);
            for column in 1..self.shape.columns.len() {
                let cell = self.cells.get(&(place, column)).map_or(NOT_MEASURED, String::as_str);
                // Writing to a string cannot fail.
                let _ = write!(text, " | {cell}");
            }
            text.push_str(" |\n");
        }
        text
    }
}

/// `page` with its tables replaced by `tables`. A table that was not measured stays as it is.
pub(crate) fn with_tables(page: &str, tables: &[Table]) -> Result<String, PeersError> {
    let mut result = String::new();
    let mut rest = page;
    while let Some((before, from)) = rest.split_once(MARK) {
        let broken = || PeersError::Page("a table has no name or no end".to_owned());
        let (name, old) = from.split_once(" -->\n").ok_or_else(broken)?;
        let (old, after) = old.split_once(END).ok_or_else(broken)?;
        let table = tables.iter().find(|table| table.shape.name == name);
        let table = table.map_or_else(|| old.to_owned(), Table::text);
        result.extend([before, MARK, name, " -->\n", &table, END]);
        rest = after;
    }
    Ok(result + rest)
}

/// The cell of something that does not exist.
pub(crate) const NONE: &str = "–";

/// A number with at most two decimals.
pub(crate) fn amount(value: f64) -> String {
    ((value * 100.0).round() / 100.0).to_string()
}

/// Milliseconds with two decimals, from seconds.
pub(crate) fn milliseconds(seconds: f64) -> String {
    format!("{:.2}", seconds * 1_000.0)
}

/// A ratio with two decimals.
pub(crate) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// A whole number.
pub(crate) fn whole(value: f64) -> String {
    format!("{value:.0}")
}

/// The median of the ratios of `values` to `others`, pair by pair. The values of a pair are from the same round, so a
/// disturbance of the machine meets both of them.
pub(crate) fn paired_ratio(values: &[f64], others: &[f64]) -> f64 {
    median(values.iter().zip(others).map(|(value, other)| value / other).collect())
}

/// The middle of `values`; 0 if there are none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Table, median, paired_ratio, with_tables};
    use crate::shapes::{END, MARK, SHAPES, faults};

    fn page() -> String {
        let block = |shape: &crate::shapes::Shape| format!("text\n\n{MARK}{} -->\n{END}\n\n", shape.name);
        SHAPES.iter().map(block).collect::<Vec<_>>().concat()
    }

    fn tables(cell: &str) -> Vec<Table> {
        let fill = |shape: &'static crate::shapes::Shape| {
            let mut table = Table::new(shape.name).unwrap();
            for row in 0..shape.rows.len() {
                for column in 1..shape.columns.len() {
                    table.cells.insert((row, column), cell.to_owned());
                }
            }
            table
        };
        SHAPES.iter().map(fill).collect()
    }

    #[test]
    fn a_written_page_has_no_faults() {
        let written = with_tables(&page(), &tables("1.5")).unwrap();
        assert_eq!(faults(&written), [""; 0]);
        assert_eq!(with_tables(&written, &tables("1.5")).unwrap(), written);
    }

    #[test]
    fn a_cell_that_was_not_measured_is_a_fault() {
        let mut tables = tables("1");
        tables[0] = Table::new(SHAPES[0].name).unwrap();
        let written = with_tables(&page(), &tables).unwrap();
        assert_eq!(faults(&written).len(), SHAPES[0].rows.len());
    }

    #[test]
    fn a_table_that_was_not_measured_stays() {
        let mut only = tables("2");
        only.truncate(1);
        let written = with_tables(&page(), &tables("1")).unwrap();
        let mixed = with_tables(&written, &only).unwrap();
        assert_eq!(faults(&mixed), [""; 0]);
        assert_ne!(mixed, written);
        assert_eq!(mixed.matches("| 1 |").count(), written.matches("| 1 |").count() - SHAPES[0].rows.len());
    }

    #[test]
    fn an_unknown_row_is_refused() {
        let mut table = Table::new("core").unwrap();
        assert!(table.set("gone", [String::new()]).is_err());
        assert!(table.set("cqrs-es", [String::new(), String::new()]).is_err());
    }

    #[test]
    fn the_median_is_the_middle() {
        let shown = |values: Vec<f64>| super::amount(median(values));
        assert_eq!([vec![3.0, 1.0, 2.0], Vec::new()].map(shown), ["2", "0"]);
    }

    /// The ratio of the medians would be 2.
    #[test]
    fn a_paired_ratio_compares_within_a_round() {
        let ratio = paired_ratio(&[1.0, 20.0, 300.0], &[1.0, 10.0, 100.0]);
        assert_eq!(super::ratio(ratio), "2.00");
        let ratio = paired_ratio(&[3.0, 20.0, 300.0], &[1.0, 10.0, 100.0]);
        assert_eq!(super::ratio(ratio), "3.00");
    }
}
