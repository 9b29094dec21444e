//! The permission that a `PartiQL` statement needs: the action of its kind, on the table or index that it names
//! (`DynamoDB` developer guide, "IAM policies with `PartiQL` for `DynamoDB`").

use std::iter::Peekable;
use std::str::Chars;

use stack_base::account::{name_of_arn, table_arn};

/// The actions of all kinds of statements.
const ACTIONS: [&str; 4] = ["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"];

/// An action of `DynamoDB`, and the ARN of the table or index that it is on.
pub(super) type Permission = (&'static str, String);

/// The permissions that a statement needs. If the statement cannot be read, `DynamoDB` refuses it; until then, it needs
/// every action on every table.
pub(super) fn permissions(statement: &str) -> Vec<Permission> {
    target(statement).map_or_else(every, |permission| vec![permission])
}

/// Every action on every table.
pub(super) fn every() -> Vec<Permission> {
    ACTIONS.map(|action| (action, "*".to_owned())).into()
}

/// The action of a statement, and the ARN of its table or index.
fn target(statement: &str) -> Option<Permission> {
    let mut tokens = Tokens(statement.chars().peekable());
    let (action, before_table) = match tokens.next()?.word()?.as_str() {
        // `EXISTS(SELECT …)` is the condition of a transaction.
        "SELECT" | "EXISTS" => ("PartiQLSelect", Some("FROM")),
        "INSERT" => ("PartiQLInsert", Some("INTO")),
        "UPDATE" => ("PartiQLUpdate", None),
        "DELETE" => ("PartiQLDelete", Some("FROM")),
        _ => return None,
    };
    if let Some(keyword) = before_table {
        tokens.find(|token| token.word().is_some_and(|word| word == keyword))?;
    }
    let table = table_arn(name_of_arn(&tokens.next()?.name()?));
    if tokens.next() != Some(Token::Symbol('.')) {
        return Some((action, table));
    }
    let index = tokens.next()?.name()?;
    Some((action, format!("{table}/index/{index}")))
}

/// A token of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A keyword or a name without quotes.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text,
    /// Any other character.
    Symbol(char),
}

impl Token {
    /// A word in upper case, for comparing it with a keyword.
    fn word(&self) -> Option<String> {
        match self {
            Self::Word(word) => Some(word.to_ascii_uppercase()),
            _ => None,
        }
    }

    /// The name of a table or an index.
    fn name(self) -> Option<String> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            Self::Text | Self::Symbol(_) => None,
        }
    }
}

struct Tokens<'s>(Peekable<Chars<'s>>);

impl Tokens<'_> {
    /// The characters up to the closing quote. Two quotes stand for one in the text.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        loop {
            let character = self.0.next()?;
            if character != quote {
                text.push(character);
            } else if self.0.next_if_eq(&quote).is_some() {
                text.push(quote);
            } else {
                return Some(text);
            }
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let is_in_word = |character: &char| character.is_alphanumeric() || matches!(character, '_' | '-');
        match self.0.find(|character| !character.is_whitespace())? {
            '\'' => self.quoted('\'').map(|_| Token::Text),
            '"' => self.quoted('"').map(Token::Quoted),
            first if is_in_word(&first) => {
                let mut word = String::from(first);
                while let Some(character) = self.0.next_if(is_in_word) {
                    word.push(character);
                }
                Some(Token::Word(word))
            }
            other => Some(Token::Symbol(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::permissions;

    /// Statements of the developer guide's pages on `PartiQL`, with the permission that each needs.
    #[test]
    fn a_statement_needs_the_action_of_its_kind_on_its_table() {
        for (statement, action, resource) in [
            ("SELECT * FROM \"Music\" WHERE Artist='Acme'", "PartiQLSelect", "table/Music"),
            ("select Artist from Music", "PartiQLSelect", "table/Music"),
            ("SELECT * FROM \"Music\".\"by-artist\"", "PartiQLSelect", "table/Music/index/by-artist"),
            ("SELECT \"from\", a FROM Music.byArtist", "PartiQLSelect", "table/Music/index/byArtist"),
            ("EXISTS(SELECT * FROM \"Music\" WHERE Artist='Acme')", "PartiQLSelect", "table/Music"),
            ("INSERT INTO \"Music\" VALUE {'Artist' : 'from X'}", "PartiQLInsert", "table/Music"),
            ("\n  UPDATE \"Music\"\n SET Awards=1 WHERE Artist='Acme'", "PartiQLUpdate", "table/Music"),
            ("DELETE FROM \"Music\" WHERE Artist = 'O''Neil'", "PartiQLDelete", "table/Music"),
            ("DELETE FROM \"a.b\" WHERE x=1", "PartiQLDelete", "table/a.b"),
        ] {
            let resource = format!("arn:aws:dynamodb:us-east-1:000000000000:{resource}");
            assert_eq!(permissions(statement), [(action, resource)], "{statement}");
        }
    }

    #[test]
    fn a_statement_that_cannot_be_read_needs_every_action() {
        for statement in
            ["", "DROP TABLE x", "SELECT 'FROM x", "SELECT 1", "UPDATE 'x'", "INSERT INTO", "DELETE FROM 'x'"]
        {
            assert_eq!(permissions(statement).len(), 4, "{statement}");
        }
    }
}
