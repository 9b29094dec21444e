//! Tests that `docs/performance.md` has the tables that `tests/peers/run --write` writes, with all rows and no empty cell.
//! The numbers are those of the last run; this test does not measure.

#[path = "../../peers/src/shapes.rs"]
mod shapes;

use std::fs;
use std::path::Path;

use shapes::{MARK, SHAPES, faults};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
    fs::read_to_string(path).expect("docs/performance.md")
}

#[test]
fn the_page_has_the_tables_of_the_comparison() {
    let faults = faults(&page());
    assert!(
        faults.is_empty(),
        "write docs/performance.md with tests/peers/run --write:\n{}",
        faults.join("\n")
    );
}

/// The figures of the table in `docs/when-not-to-use.md` are in tables of the pages that the table names.
#[test]
fn quoted_figures_are_measured() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let read = |name: &str| fs::read_to_string(docs.join(name)).expect("a page");
    let quoting = read("when-not-to-use.md");
    let rows = quoting.lines().filter(|line| line.contains(" | [")).collect::<Vec<_>>();
    assert!(rows.len() >= 10, "{rows:?}");
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, fact, ours, crud, from, _] = cells[..] else { panic!("{row}") };
        let source = read(from.split(['[', ']']).nth(1).expect("a link"));
        for figure in [ours, crud].into_iter().filter(|figure| *figure != "–") {
            assert!(
                source.contains(&format!("| {figure} |")),
                "{fact}: {from} has no {figure}; quote it again"
            );
        }
    }
}

/// A fault that a test plants, and the start of its report.
type Planted = (fn(&str) -> String, &'static str);

#[test]
fn a_changed_page_is_reported() {
    let planted: [Planted; 6] = [
        (
            |page| page.replace("| dynamo-es with a view |", "| dynamo-es and a view |"),
            "the table costs has the rows",
        ),
        (|page| page.replacen("| engine | ", "| engine |  | ", 1), "the table run lacks a value"),
        (|page| page.replace("| engine | ", "| engine | not measured | "), "the table run lacks a value"),
        (|page| page.replace("p99.9", "p99.5"), "the table load has other columns"),
        (
            |page| page.replace("<!-- measured: claims -->", "<!-- measured: promises -->"),
            "the table promises is in the",
        ),
        (|page| format!("{page}{MARK}extra -->\n"), "the table extra is not known"),
    ];
    for (plant, expected) in planted {
        let found = faults(&plant(&page()));
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{expected}: {found:?}");
    }
    let cut = page().split("<!-- measured: growth -->").next().expect("a page").to_owned();
    assert_eq!(faults(&cut), ["the table growth is missing", "the table load is missing"]);
}

/// Each table has a name of its own, and each row a name of its own in its table.
#[test]
fn names_are_unique() {
    for (place, shape) in SHAPES.iter().enumerate() {
        assert!(SHAPES[..place].iter().all(|other| other.name != shape.name), "{}", shape.name);
        for (place, row) in shape.rows.iter().enumerate() {
            assert!(!shape.rows[..place].contains(row), "{}: {row}", shape.name);
        }
    }
}
