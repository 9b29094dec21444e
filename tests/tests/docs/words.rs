//! Splits shell text into simple commands. It knows as much of the shell as the pages use.

use std::iter::Peekable;
use std::str::Chars;

/// A command with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// The line on which the command begins.
    pub(crate) line: usize,
    /// The words, without quotes, assignments and redirections.
    pub(crate) words: Vec<String>,
}

/// Words of the shell before a command.
const KEYWORDS: [&str; 8] = ["do", "done", "if", "then", "else", "fi", "while", "!"];

/// The commands in `lines`, also those in `$(…)`. The first line has the number `first`.
pub(crate) fn commands(lines: &[String], first: usize) -> Vec<Command> {
    let text = without_here_documents(lines);
    let mut reader = Reader { rest: text.chars().peekable(), line: first, found: Vec::new() };
    while reader.rest.peek().is_some() {
        reader.list();
        // An unmatched parenthesis is refused by bash.
        reader.rest.next();
    }
    reader.found.sort_by_key(|command| command.line);
    reader.found
}

/// The text with empty lines in place of here documents.
fn without_here_documents(lines: &[String]) -> String {
    let (mut text, mut end) = (String::new(), None);
    for line in lines {
        if end.as_deref() == Some(line.as_str()) {
            end = None;
        } else if end.is_none() {
            text.push_str(line);
            let mark = line.split_once("<<").and_then(|(_, rest)| rest.split_whitespace().next());
            end = mark.map(|mark| mark.trim_matches('\'').to_owned());
        }
        text.push('\n');
    }
    text
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    line: usize,
    found: Vec<Command>,
}

impl Reader<'_> {
    /// Reads commands to the end of the text or to a closing parenthesis, which stays.
    fn list(&mut self) {
        while self.rest.peek().is_some_and(|sign| *sign != ')') {
            self.simple();
        }
    }

    /// Reads one command and the separator after it.
    fn simple(&mut self) {
        let mut words: Vec<String> = Vec::new();
        let mut line = self.line;
        while let Some(sign) = self.rest.peek().copied() {
            match sign {
                ')' => break,
                '\n' | ';' | '|' | '&' | '(' => {
                    self.next();
                    break;
                }
                ' ' | '\t' => {
                    self.next();
                }
                '#' => while self.rest.next_if(|sign| *sign != '\n').is_some() {},
                '\\' => {
                    self.next();
                    if self.rest.peek() == Some(&'\n') {
                        self.next();
                    }
                }
                _ => {
                    if words.is_empty() {
                        line = self.line;
                    }
                    words.push(self.word());
                }
            }
        }
        self.found.extend(cleaned(words).map(|words| Command { line, words }));
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        let mut quote = None;
        while let Some(sign) = self.rest.peek().copied() {
            let is_end = matches!(sign, ' ' | '\t' | '\n' | ';' | '|' | '&' | ')');
            if quote.is_none() && is_end && !word.ends_with('>') {
                break;
            }
            self.next();
            match (quote, sign) {
                (None, '\'' | '"') => quote = Some(sign),
                (Some(open), sign) if open == sign => quote = None,
                (None | Some('"'), '$') if self.rest.peek() == Some(&'(') => {
                    self.next();
                    self.list();
                    self.next();
                    word.push('…');
                }
                _ => word.push(sign),
            }
        }
        word
    }

    fn next(&mut self) {
        if self.rest.next() == Some('\n') {
            self.line += 1;
        }
    }
}

/// The words without keywords, assignments and redirections; `None` if there is no command left.
fn cleaned(words: Vec<String>) -> Option<Vec<String>> {
    let is_prefix = |word: &String| {
        let name = word.split_once('=').map(|(name, _)| name);
        let is_assignment =
            name.is_some_and(|name| name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_'));
        is_assignment || KEYWORDS.contains(&word.as_str())
    };
    let mut kept = Vec::new();
    let mut words = words.into_iter().skip_while(is_prefix);
    while let Some(word) = words.next() {
        if word == "<" || word == ">" {
            words.next();
        } else if !word.starts_with(['<', '>']) && !word.starts_with("2>") {
            kept.push(word);
        }
    }
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::{Command, commands};

    fn read(text: &str) -> Vec<(usize, String)> {
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let joined = |Command { line, words }: Command| (line, words.join("|"));
        commands(&lines, 1).into_iter().map(joined).collect()
    }

    #[test]
    fn commands_are_split_as_the_shell_splits_them() {
        let text = "A=1 cargo local  # serves\n\nTOKEN=$(cargo local token --sub \"a b\")\ncurl -d '{\"a\": \"$b;\"}' \\\n  x >out | jq .\n\
                    for file in a/*; do cargo test $file; done\naws invoke <<'END'\n{} && no\nEND\n. env && tests/all";
        let expected = [
            (1, "cargo|local"),
            (3, "cargo|local|token|--sub|a b"),
            (4, "curl|-d|{\"a\": \"$b;\"}|x"),
            (5, "jq|."),
            (6, "for|file|in|a/*"),
            (6, "cargo|test|$file"),
            (7, "aws|invoke"),
            (10, ".|env"),
            (10, "tests/all"),
        ];
        assert_eq!(read(text), expected.map(|(line, words)| (line, words.to_owned())));
    }
}
