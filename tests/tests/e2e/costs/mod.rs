//! Tests that `docs/cost.md` has the figures that this test counts on the embedded stack, multiplied by list prices.
//!
//! `UPDATE_COSTS=1 cargo test --workspace --test e2e costs::` writes the counted figures into the page.
#![expect(clippy::cast_precision_loss, reason = "all counts are far below 2^52")]

mod batches;
mod page;
mod prices;
mod resources;
mod tour;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn page_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cost.md")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_the_counted_figures() {
    let counted = page::Counted {
        tour: tour::run().await,
        batched: batches::write_units_per_order().await,
        resources: resources::from_template(),
    };
    let present = fs::read_to_string(page_file()).expect("docs/cost.md");
    let expected = page::with_figures(&present, &counted);
    if env::var_os("UPDATE_COSTS").is_some() {
        fs::write(page_file(), expected).expect("docs/cost.md is written");
        return;
    }
    let wrong = differences(&present, &expected);
    assert!(
        wrong.is_empty(),
        "docs/cost.md has other figures; UPDATE_COSTS=1 cargo test --workspace --test e2e costs::\n{}",
        wrong.join("\n")
    );
}

/// The lines of `present` that differ from those of `expected`. Numbers may differ by two percent or a cent, because the
/// length of a log line varies a little.
fn differences(present: &str, expected: &str) -> Vec<String> {
    let same = |one: &str, other: &str| match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() <= f64::max(0.011, other.abs() * 0.02),
        _ => one == other,
    };
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut present: Vec<_> = present.lines().map(words).collect();
    let mut expected: Vec<_> = expected.lines().map(words).collect();
    let lines = present.len().max(expected.len());
    present.resize(lines, Vec::new());
    expected.resize(lines, Vec::new());
    let differs = |(one, other): &(Vec<String>, Vec<String>)| {
        one.len() != other.len() || !one.iter().zip(other).all(|(one, other)| same(one, other))
    };
    let pairs = present.into_iter().zip(expected).filter(differs);
    pairs.map(|(one, other)| format!("- {}\n+ {}", one.join(" "), other.join(" "))).collect()
}

/// Tests the check: another figure, a missing row and another word are reported, and a cent is not.
#[test]
fn another_figure_is_reported() {
    assert_eq!(differences("| sum | 22.10 |", "| sum | 22.11 |"), [""; 0]);
    for planted in ["| sum | 24.10 |", "| total | 22.11 |", "| sum |", ""] {
        assert_eq!(differences(planted, "| sum | 22.11 |").len(), 1, "{planted}");
    }
}
