//! The names of events. By default, an event is named by the past tense of its command.

use crate::GeneratorError;
use crate::name::{Name, capitalized, kebab_from_pascal};

/// The past participles of irregular verbs, and of longer verbs that double their last letter.
const IRREGULAR: [(&str, &str); 34] = [
    ("begin", "begun"),
    ("bind", "bound"),
    ("buy", "bought"),
    ("cancel", "cancelled"),
    ("cut", "cut"),
    ("find", "found"),
    ("freeze", "frozen"),
    ("get", "got"),
    ("give", "given"),
    ("go", "gone"),
    ("hold", "held"),
    ("label", "labelled"),
    ("leave", "left"),
    ("lend", "lent"),
    ("lose", "lost"),
    ("make", "made"),
    ("pay", "paid"),
    ("put", "put"),
    ("rebuild", "rebuilt"),
    ("refer", "referred"),
    ("reset", "reset"),
    ("sell", "sold"),
    ("send", "sent"),
    ("set", "set"),
    ("spend", "spent"),
    ("split", "split"),
    ("submit", "submitted"),
    ("take", "taken"),
    ("tell", "told"),
    ("transfer", "transferred"),
    ("win", "won"),
    ("withdraw", "withdrawn"),
    ("write", "written"),
    ("choose", "chosen"),
];

/// Words that stay after their verb. `fold-up` becomes `FoldedUp`, but `unfold-wing` becomes `WingUnfolded`.
const PARTICLES: [&str; 8] = ["away", "back", "down", "in", "off", "on", "out", "up"];

/// The name of an event, without and with the name of its aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventName {
    /// The status after the event, for example `Redeemed`.
    pub(crate) status: String,
    /// The stored name, for example `GiftCardRedeemed`.
    pub(crate) full: String,
}

impl EventName {
    /// The event that `command` emits on `aggregate`.
    #[must_use]
    pub(crate) fn from_command(aggregate: &Name, command: &Name) -> Self {
        let (verb, rest) = command.kebab().split_once('-').unwrap_or((command.kebab(), ""));
        let (verb, others) = (capitalized(&past(verb)), rest.split('-').map(capitalized).collect::<String>());
        let is_particle = PARTICLES.contains(&rest);
        let status = if is_particle { verb + &others } else { others + &verb };
        Self { full: aggregate.pascal() + &status, status }
    }

    /// The event of `aggregate` with the stored name `full`.
    ///
    /// # Errors
    /// [`GeneratorError::Name`] if it is not in Pascal case.
    pub(crate) fn new(aggregate: &Name, full: &str) -> Result<Self, GeneratorError> {
        let is_pascal = full.starts_with(|first: char| first.is_ascii_uppercase())
            && full.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && full.len() <= 64;
        if !is_pascal {
            let reason = "use Pascal case with at most 64 letters and digits, for example GiftCardRedeemed";
            return Err(GeneratorError::Name { name: full.to_owned(), reason: reason.to_owned() });
        }
        let status = full.strip_prefix(&aggregate.pascal());
        let status = status.filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()));
        Ok(Self { status: status.unwrap_or(full).to_owned(), full: full.to_owned() })
    }

    /// The status as callers see it, for example `wing-unfolded`.
    #[must_use]
    pub(crate) fn kebab(&self) -> String {
        kebab_from_pascal(&self.status)
    }
}

/// The past participle of `verb`.
fn past(verb: &str) -> String {
    if let Some((_, past)) = IRREGULAR.iter().find(|(known, _)| *known == verb) {
        return (*past).to_owned();
    }
    let is_vowel = |letter: &u8| b"aeiou".contains(letter);
    match verb.as_bytes() {
        [.., b'e'] => format!("{verb}d"),
        [.., before, b'y'] if !is_vowel(before) => format!("{}ied", &verb[..verb.len() - 1]),
        // Verbs of one syllable that end with a single vowel and a consonant double the consonant: ship, stop, tag.
        [start @ .., vowel, last]
            if is_vowel(vowel)
                && !is_vowel(last)
                && !b"wxy".contains(last)
                && !start.iter().any(is_vowel) =>
        {
            format!("{verb}{}ed", char::from(*last))
        }
        _ => format!("{verb}ed"),
    }
}

#[cfg(test)]
mod tests {
    use super::EventName;
    use crate::name::Name;

    fn event(command: &str) -> EventName {
        EventName::from_command(&Name::new("gift-card").unwrap(), &Name::new(command).unwrap())
    }

    #[test]
    fn an_event_is_the_past_tense_of_its_command() {
        for (command, status) in [
            ("redeem", "Redeemed"),
            ("issue", "Issued"),
            ("void", "Voided"),
            ("ship", "Shipped"),
            ("open", "Opened"),
            ("apply", "Applied"),
            ("pay", "Paid"),
            ("destroy", "Destroyed"),
            ("cancel", "Cancelled"),
            ("fix", "Fixed"),
            ("visit", "Visited"),
            ("withdraw", "Withdrawn"),
            ("add-item", "ItemAdded"),
            ("fold-up", "FoldedUp"),
        ] {
            assert_eq!(
                (event(command).status.as_str(), event(command).full),
                (status, format!("GiftCard{status}"))
            );
        }
        assert_eq!(event("add-item").kebab(), "item-added");
    }

    #[test]
    fn an_event_can_have_another_name_in_pascal_case() {
        let card = Name::new("gift-card").unwrap();
        assert_eq!(EventName::new(&card, "GiftCardSpent").unwrap().kebab(), "spent");
        assert_eq!(EventName::new(&card, "GiftCards").unwrap().status, "GiftCards");
        for bad in ["giftCardSpent", "Gift-Card", "", "Gift Card"] {
            assert!(EventName::new(&card, bad).is_err(), "{bad}");
        }
    }
}
