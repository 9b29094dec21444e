//! Checks the commands and paths in the sentences and tables of a page.

use crate::command::{Form, check, existing};
use crate::page::Page;
use crate::project::Project;

/// Endings of files.
const ENDINGS: [&str; 10] = [".env", ".json", ".md", ".png", ".py", ".rs", ".svg", ".toml", ".txt", ".yaml"];

/// One line for each command or path in code font that does not exist.
pub(crate) fn faults(project: &Project, page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    for (first, paragraph) in page.paragraphs() {
        let mut line = first;
        for (number, part) in paragraph.split('`').enumerate() {
            if number % 2 == 1
                && let Err(problem) = span(project, part)
            {
                faults.push(format!("{}:{line}: {problem}", page.path));
            }
            line += part.matches('\n').count();
        }
    }
    faults
}

/// Checks the text of one code span.
fn span(project: &Project, code: &str) -> Result<(), String> {
    let words: Vec<String> = code.split_whitespace().map(str::to_owned).collect();
    let Some(first) = words.first() else { return Ok(()) };
    let is_command = match first.as_str() {
        "cargo" | "aws" | "sam" => words.len() > 1,
        path => words.len() > 1 && is_path(project, path) && project.root.join(path).is_file(),
    };
    if is_command {
        return check(project, &words, Form::Shortened);
    }
    if is_path(project, first) { existing(project, first) } else { Ok(()) }
}

/// Whether a word is a path in the project, and not a route, a media type or a name.
fn is_path(project: &Project, word: &str) -> bool {
    let first = word.split('/').next().unwrap_or_default();
    let has_letters = word.chars().all(|sign| sign.is_alphanumeric() || "./_-<>*{}…".contains(sign));
    let is_other = first.is_empty() || !has_letters;
    let is_file = ENDINGS.iter().any(|ending| word.ends_with(ending));
    !is_other && word.contains('/') && (is_file || word.ends_with('/') || project.has_in_root(first))
}
