//! Inserts new lines into a formatted text. The place of the lines is found by an anchor, which the text must contain.

/// The text does not contain this anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingAnchor(pub(crate) String);

/// The start of the first line at or after `from` that contains `anchor`, and the start of the next line.
fn line(text: &str, from: usize, anchor: &str) -> Result<(usize, usize), MissingAnchor> {
    let at = text[from..].find(anchor).ok_or_else(|| MissingAnchor(anchor.to_owned()))? + from;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    Ok((start, end))
}

/// The start of the closing line of a block. The last of `anchors` opens the block; each anchor is searched after the
/// previous one. The closing line is the first line that is not indented more than the opening line.
fn end_of_block(text: &str, anchors: &[&str]) -> Result<usize, MissingAnchor> {
    let (mut start, mut end) = (0, 0);
    for anchor in anchors {
        (start, end) = line(text, end, anchor)?;
    }
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let wanted = indentation(&text[start..]);
    let mut at = end;
    for line in text[end..].split_inclusive('\n') {
        if !line.trim().is_empty() && indentation(line) <= wanted {
            let closes = line.trim_start().starts_with(['}', ']', ')']);
            return if closes { Ok(at) } else { Err(MissingAnchor(anchors.concat())) };
        }
        at += line.len();
    }
    Err(MissingAnchor(anchors.concat()))
}

fn inserted(text: &str, at: usize, lines: &str) -> String {
    [&text[..at], lines, &text[at..]].concat()
}

/// The text with `lines` at the end of the block that the last of `anchors` opens.
pub(crate) fn in_block(text: &str, anchors: &[&str], lines: &str) -> Result<String, MissingAnchor> {
    Ok(inserted(text, end_of_block(text, anchors)?, lines))
}

/// The text with `lines` before the item whose first line contains `opener`, and before its attributes and doc
/// comments.
pub(crate) fn before_item(text: &str, opener: &str, lines: &str) -> Result<String, MissingAnchor> {
    let (mut at, _) = line(text, 0, opener)?;
    for line in text[..at].split_inclusive('\n').rev() {
        if !line.starts_with("///") && !line.starts_with("#[") {
            break;
        }
        at -= line.len();
    }
    Ok(inserted(text, at, lines))
}

/// The text with `lines` before the first line that begins with `anchor`.
pub(crate) fn before(text: &str, anchor: &str, lines: &str) -> Result<String, MissingAnchor> {
    before_line(text, |line| line.starts_with(anchor), lines).ok_or_else(|| MissingAnchor(anchor.to_owned()))
}

/// The text with `lines` before the comment with the heading of the section `name`.
pub(crate) fn before_heading(text: &str, name: &str, lines: &str) -> Result<String, MissingAnchor> {
    let is_heading =
        |line: &str| line.starts_with("  # ---") && line.trim_end().ends_with(&format!("- {name}"));
    before_line(text, is_heading, lines).ok_or_else(|| MissingAnchor(format!("# --- {name}")))
}

fn before_line(text: &str, is_wanted: impl Fn(&str) -> bool, lines: &str) -> Option<String> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_wanted(line) {
            return Some(inserted(text, at, lines));
        }
        at += line.len();
    }
    None
}

/// The text with `lines` after the line that contains the last of `anchors`.
pub(crate) fn after(text: &str, anchors: &[&str], lines: &str) -> Result<String, MissingAnchor> {
    let mut end = 0;
    for anchor in anchors {
        (_, end) = line(text, end, anchor)?;
    }
    Ok(inserted(text, end, lines))
}

/// The text with `lines` after a list. Each line of the list begins with `entry`, and the list begins on the line after
/// the last of `anchors`.
pub(crate) fn after_list(
    text: &str,
    anchors: &[&str],
    entry: &str,
    lines: &str,
) -> Result<String, MissingAnchor> {
    let mut end = 0;
    for anchor in anchors {
        (_, end) = line(text, end, anchor)?;
    }
    let entries: usize =
        text[end..].split_inclusive('\n').take_while(|line| line.starts_with(entry)).map(str::len).sum();
    if entries == 0 {
        return Err(MissingAnchor(entry.trim_start().to_owned()));
    }
    Ok(inserted(text, end + entries, lines))
}

/// The text with `words` directly after `anchor`.
pub(crate) fn within(text: &str, anchor: &str, words: &str) -> Result<String, MissingAnchor> {
    let at = text.find(anchor).ok_or_else(|| MissingAnchor(anchor.to_owned()))?;
    Ok(inserted(text, at + anchor.len(), words))
}

/// The text in which the number between `before` and `after` is increased by one.
pub(crate) fn counted_up(text: &str, before: &str, after: &str) -> Result<String, MissingAnchor> {
    let missing = || MissingAnchor(format!("{before}…{after}"));
    let start = text.find(before).ok_or_else(missing)? + before.len();
    let end = text[start..].find(after).ok_or_else(missing)? + start;
    let number: u32 = text[start..end].parse().map_err(|_| missing())?;
    Ok([&text[..start], &(number + 1).to_string(), &text[end..]].concat())
}

/// The part of `text` between the first `before` and the next `after`.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::{
        MissingAnchor, after, after_list, before, before_heading, before_item, between, counted_up, in_block,
        within,
    };

    const CODE: &str =
        "enum A {\n    One,\n}\n\nfn f() {\n    match a {\n        One => {\n        }\n    }\n}\n";

    #[test]
    fn lines_are_inserted_at_the_end_of_a_block_or_before_an_item() {
        assert_eq!(
            in_block(CODE, &["enum A {"], "    Two,\n").unwrap(),
            CODE.replace("One,\n", "One,\n    Two,\n")
        );
        let arm = in_block(CODE, &["fn f()", "match a {"], "        Two => {}\n").unwrap();
        assert_eq!(arm, CODE.replace("        }\n", "        }\n        Two => {}\n"));
        assert_eq!(
            before_item("a\n\n/// One.\n#[b]\nenum B {\n", "enum B {", "enum A;\n\n").unwrap(),
            "a\n\nenum A;\n\n/// One.\n#[b]\nenum B {\n"
        );
    }

    #[test]
    fn lists_grow_at_their_end_and_counts_by_one() {
        let yaml = "a:\n  - 1\n  - 2\nb: 3\n";
        assert_eq!(after_list(yaml, &["a:"], "  - ", "  - 3\n").unwrap(), "a:\n  - 1\n  - 2\n  - 3\nb: 3\n");
        assert_eq!(counted_up("[T; 9] {", "[T; ", "] {").unwrap(), "[T; 10] {");
        assert_eq!(within("use a::{B};", "use a::{", "A, ").unwrap(), "use a::{A, B};");
        assert_eq!(before("one\ntwo\n", "two", "and\n").unwrap(), "one\nand\ntwo\n");
        let sections = "a\n  # ----- Two\nb\n";
        assert_eq!(before_heading(sections, "Two", "c\n").unwrap(), "a\nc\n  # ----- Two\nb\n");
        assert_eq!(after("one\ntwo\n", &["one"], "and\n").unwrap(), "one\nand\ntwo\n");
        assert_eq!(between("in \"x\" of", "\"", "\""), Some("x"));
    }

    #[test]
    fn the_error_names_the_missing_anchor() {
        assert_eq!(in_block(CODE, &["fn f()", "match b {"], ""), Err(MissingAnchor("match b {".to_owned())));
        assert_eq!(in_block("a {\nb\n", &["a {"], ""), Err(MissingAnchor("a {".to_owned())));
        assert_eq!(after_list("a:\nb: 1\n", &["a:"], "  - ", ""), Err(MissingAnchor("- ".to_owned())));
        assert!(counted_up("[T; N] {", "[T; ", "] {").is_err());
        for missing in
            [before(CODE, "nothing", ""), after(CODE, &["nothing"], ""), within(CODE, "nothing", "")]
        {
            assert_eq!(missing, Err(MissingAnchor("nothing".to_owned())));
        }
    }
}
