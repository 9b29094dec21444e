//! Templates are source files of an example aggregate, the stand-in `paper-crane`. The generator replaces the
//! stand-in's names by the names of the new code.
//!
//! A template has regions between `// [anchor]` and `// [end]`. A region contains the lines that another command or
//! event adds to the file.

use crate::event::EventName;
use crate::name::Name;

/// The UUID namespace of the stand-in's ids.
pub(crate) const NAMESPACE: &str = "00000000-0000-5000-8000-000000000000";
/// The id of the aggregate in the stand-in's samples.
pub(crate) const SAMPLE_ID: &str = "00000000-0000-5000-8000-000000000001";

/// Pairs of a word of the stand-in and its replacement. All words are replaced in one pass, so no replacement is
/// replaced again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Vec<(String, String)>);

impl Words {
    /// Replaces `paper-crane` by the aggregate `name`.
    pub(crate) fn aggregate(self, name: &Name) -> Self {
        let stand_in = Name::trusted("paper-crane");
        let plural = name.plural();
        let with_article = format!("{} {}", name.article(), name.words());
        let mut words = self
            .pair("paper-cranes", &plural)
            .pair("a paper crane", &with_article)
            .pair("A paper crane", &crate::name::capitalized(&with_article));
        words.0.extend(forms(&stand_in, name));
        words
    }

    /// Replaces `fold-up` by the opening command, and `PaperCraneFoldedUp` by its event.
    pub(crate) fn opening(self, command: &Name, event: &EventName) -> Self {
        self.named("fold-up", command).event(&EventName::stand_in("PaperCraneFoldedUp", "FoldedUp"), event)
    }

    /// Replaces `unfold-wing` by another command, and `PaperCraneWingUnfolded` by its event.
    pub(crate) fn command(self, command: &Name, event: &EventName) -> Self {
        let stand_in = EventName::stand_in("PaperCraneWingUnfolded", "WingUnfolded");
        self.named("unfold-wing", command).event(&stand_in, event)
    }

    /// Replaces `stand_in` by `name`, in every form of the name.
    pub(crate) fn named(mut self, stand_in: &str, name: &Name) -> Self {
        self.0.extend(forms(&Name::trusted(stand_in), name));
        self
    }

    /// Replaces an event of the stand-in by `event`.
    pub(crate) fn event(self, stand_in: &EventName, event: &EventName) -> Self {
        self.pair(&stand_in.full, &event.full)
            .pair(&stand_in.status, &event.status)
            .pair(&stand_in.kebab(), &event.kebab())
            .pair(&stand_in.kebab().replace('-', "_"), &event.kebab().replace('-', "_"))
    }

    /// Replaces `text` by `with`.
    pub(crate) fn pair(mut self, text: &str, with: &str) -> Self {
        self.0.push((text.to_owned(), with.to_owned()));
        self
    }

    /// Returns the text with all replacements. If two words of the stand-in match at the same place, the longer one is
    /// replaced.
    pub(crate) fn apply(&self, text: &str) -> String {
        let (mut found, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            let fitting = self.0.iter().filter(|(word, _)| rest.starts_with(word.as_str()));
            let (taken, written) = fitting
                .max_by_key(|(word, _)| word.len())
                .map_or((first.len_utf8(), &rest[..first.len_utf8()]), |(word, with)| (word.len(), with));
            found.push_str(written);
            rest = &rest[taken..];
        }
        found
    }
}

/// Pairs of each form of the stand-in's name and the same form of `name`.
fn forms(stand_in: &Name, name: &Name) -> Vec<(String, String)> {
    let all = |name: &Name| {
        [name.kebab().to_owned(), name.snake(), name.words(), name.pascal(), name.camel(), name.upper()]
    };
    all(stand_in).into_iter().zip(all(name)).collect()
}

impl EventName {
    /// An event of the templates.
    pub(crate) fn stand_in(full: &str, status: &str) -> Self {
        Self { status: status.to_owned(), full: full.to_owned() }
    }
}

/// The template without its regions.
pub(crate) fn without_regions(template: &str) -> String {
    let mut is_inside = false;
    let outside = template.split_inclusive('\n').filter(|line| {
        let (begins, ends) = (region(line).is_some(), is_end(line));
        is_inside = (is_inside || begins) && !ends;
        !is_inside && !ends
    });
    outside.collect()
}

/// The lines of the region `anchor` of the template, empty if there is none.
pub(crate) fn region_of(template: &str, anchor: &str) -> String {
    let inside = template.split_inclusive('\n').skip_while(|line| region(line) != Some(anchor)).skip(1);
    inside.take_while(|line| !is_end(line)).collect()
}

fn is_end(line: &str) -> bool {
    line.trim() == "// [end]"
}

fn region(line: &str) -> Option<&str> {
    let anchor = line.trim().strip_prefix("// [")?.strip_suffix(']')?;
    (anchor != "end").then_some(anchor)
}

#[cfg(test)]
mod tests {
    use super::{Words, region_of, without_regions};
    use crate::event::EventName;
    use crate::name::Name;

    #[test]
    fn every_form_of_a_name_is_replaced_once() {
        let (card, issue) = (Name::new("account").unwrap(), Name::new("open").unwrap());
        let words =
            Words::default().aggregate(&card).opening(&issue, &EventName::from_command(&card, &issue));
        let text = "a paper crane: PaperCrane::FoldUp folds paper_crane at /paper-cranes/x into PaperCraneFoldedUp, folded-up; PAPER_CRANE";
        let expected =
            "an account: Account::Open folds account at /accounts/x into AccountOpened, opened; ACCOUNT";
        assert_eq!(words.apply(text), expected);
        let words = Words::default().pair("a", "b").pair("b", "c");
        assert_eq!(words.apply("ab"), "bc");
    }

    #[test]
    fn a_region_is_separate_from_the_rest() {
        let template = "one\n    // [two]\n    2\n    // [end]\nthree\n";
        assert_eq!(without_regions(template), "one\nthree\n");
        assert_eq!(
            (region_of(template, "two"), region_of(template, "one")),
            ("    2\n".to_owned(), String::new())
        );
    }
}
