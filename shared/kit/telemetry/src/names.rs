//! The names of spans and operations. They are derived from the names in the code, so a new use case needs no list.

/// The span name of `name` on `side`. `name` is the name of a function or the type of an event:
/// `command.open_account` for `open-account`, `projection.account_opened` for `AccountOpened`.
#[must_use]
pub fn span_name(side: &str, name: &str) -> String {
    let mut span = String::with_capacity(side.len() + name.len() + 4);
    span.push_str(side);
    span.push('.');
    let mut characters = name.chars().peekable();
    let mut before = '_';
    while let Some(character) = characters.next() {
        // A word starts after a lower-case letter or digit, and at the last capital of an abbreviation: `HTTPCall`.
        let ends_abbreviation =
            before.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase());
        let starts_word = before.is_lowercase() || before.is_ascii_digit() || ends_abbreviation;
        if character.is_uppercase() && starts_word {
            span.push('_');
        }
        if character.is_alphanumeric() {
            span.extend(character.to_lowercase());
        } else {
            span.push('_');
        }
        before = character;
    }
    span
}

/// The operation of a function without its aggregate, for the attribute `cqrs.operation`: the first word of the
/// function's name, such as `open` for `open-account`.
#[must_use]
pub fn operation(function: &'static str) -> &'static str {
    function.split_once('-').map_or(function, |(verb, _)| verb)
}

#[cfg(test)]
mod tests {
    use super::{operation, span_name};

    #[test]
    fn a_span_is_named_in_snake_case() {
        for (name, expected) in [
            ("open-account", "command.open_account"),
            ("get-account-history", "command.get_account_history"),
            ("health", "command.health"),
            ("AccountOpened", "command.account_opened"),
            ("HTTPCallEnded", "command.http_call_ended"),
            ("ReadByHTTP", "command.read_by_http"),
            ("Step2Done", "command.step2_done"),
            ("ÄnderungGebucht", "command.änderung_gebucht"),
            ("already_snake", "command.already_snake"),
            ("a b.c", "command.a_b_c"),
            ("", "command."),
        ] {
            assert_eq!(span_name("command", name), expected);
        }
    }

    #[test]
    fn the_operation_is_the_functions_verb() {
        for (function, verb) in
            [("open-account", "open"), ("get-account-history", "get"), ("health", "health")]
        {
            assert_eq!(operation(function), verb);
        }
    }
}
