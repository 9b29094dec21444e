//! `tracestate`: <https://www.w3.org/TR/trace-context-1/#tracestate-header>.

use std::collections::BTreeSet;

/// The most members of a list.
const MAX_MEMBERS: usize = 32;

/// The members in `headers`, in their order, as one header; nothing where there is none or where any is wrong: a list
/// is taken whole or discarded.
pub(super) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Option<String> {
    let members: Vec<&str> = headers
        .flat_map(|header| header.split(','))
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|member| !member.is_empty())
        .take(MAX_MEMBERS + 1)
        .collect();
    let keys: Option<BTreeSet<&str>> = members.iter().map(|member| key(member)).collect();
    let distinct = keys?.len() == members.len();
    (distinct && (1..=MAX_MEMBERS).contains(&members.len())).then(|| members.join(","))
}

/// The key of a member that is as it should be.
fn key(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    (is_key(key) && is_value(value)).then_some(key)
}

/// A simple key begins with a letter; that of a tenant may begin with a digit, but its system with a letter.
fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => begins_with_letter(key) && fits(key, 256),
        Some((tenant, system)) => fits(tenant, 241) && begins_with_letter(system) && fits(system, 14),
    }
}

fn begins_with_letter(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn fits(text: &str, length: usize) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let known = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/')
    };
    first && bytes.all(known) && text.len() <= length
}

/// Visible characters and spaces, at least one, the last one no space.
fn is_value(value: &str) -> bool {
    let known = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    (1..=256).contains(&value.len()) && value.bytes().all(known) && !value.ends_with(' ')
}
