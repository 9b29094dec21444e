//! Checks that the kit contains nothing of the shop.

use std::fs;

use crate::workspace::{files, root};

/// Names of the shop that must not occur in the kit: its scopes, its problem types and its namespace.
const NAMES: [&str; 3] = ["orders:", "urn:cqrs-ecommerce", "cqrs-ecommerce"];

/// The shop's aggregates. They are forbidden as a part of a name in code or in a text: `order_id`, `OrderView`,
/// `order-7`, `"order"`. "In order", "the order of" and `Ordering` are English and allowed. `order_key` is allowed too,
/// because it is the sort key of every index of the query table.
const AGGREGATES: [&str; 2] = ["order", "product"];

#[test]
fn the_kit_contains_no_word_of_the_shop() {
    let kit = root().join("shared/kit");
    let mut found = Vec::new();
    for file in [".rs", ".toml"].iter().flat_map(|suffix| files(&kit, suffix)) {
        let name = file.strip_prefix(&kit).expect("inside").display().to_string();
        for (index, line) in fs::read_to_string(&file).expect("text").lines().enumerate() {
            if is_of_the_shop(line) {
                found.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "the kit contains words of the shop:\n{}", found.join("\n"));
}

#[test]
fn domain_words_are_distinguished_from_english() {
    for line in
        ["order_id", "OrderCreated", "\"order\"", "an order-7", "a Product", "POST /orders", "Orders {"]
    {
        assert!(is_of_the_shop(line), "{line}");
    }
    for line in [
        "in order, then",
        "Ordering::SeqCst",
        "the_order_of_members",
        "order_key",
        "a recorder",
        "reproduction",
    ] {
        assert!(!is_of_the_shop(line), "{line}");
    }
}

fn is_of_the_shop(line: &str) -> bool {
    NAMES.iter().any(|name| line.contains(name)) || words(line).any(|(word, rest)| is_domain(word, rest))
}

/// The words of `line`, each with the rest of the line. `OrderView` and `order_id` have two words each.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_start = |at: usize| {
        let before = line[..at].chars().next_back();
        let first = line[at..].chars().next();
        first.is_some_and(char::is_alphabetic)
            && (!before.is_some_and(char::is_alphabetic) || first.is_some_and(char::is_uppercase))
    };
    line.char_indices().filter(move |(at, _)| is_start(*at)).map(|(at, _)| {
        let rest = &line[at..];
        let inside = rest.char_indices().skip(1);
        let end = inside
            .clone()
            .find(|(_, character)| !character.is_lowercase())
            .map_or(rest.len(), |(end, _)| end);
        rest.split_at(end)
    })
}

/// Whether `word`, followed by `rest`, names an aggregate. A separate word "order" in a sentence is English.
fn is_domain(word: &str, rest: &str) -> bool {
    let singular = word.to_lowercase();
    let is_plural = singular.ends_with('s');
    let singular = singular.strip_suffix('s').unwrap_or(&singular);
    let is_capital = word.starts_with(char::is_uppercase);
    let joins = rest.starts_with(['-', '"', '`', '#']) || rest.starts_with("_id");
    AGGREGATES.contains(&singular) && (singular == "product" || is_plural || is_capital || joins)
}
