//! Pages in Markdown, and their fenced blocks.

use std::fs;
use std::path::Path;

use crate::project::files;

/// A page.
pub(crate) struct Page {
    /// The path in the project.
    pub(crate) path: String,
    text: String,
}

/// A fenced block.
pub(crate) struct Block {
    /// The text behind the opening fence.
    pub(crate) info: String,
    /// The line of the opening fence, counted from 1.
    pub(crate) line: usize,
    /// The lines, without the indentation of the fence.
    pub(crate) lines: Vec<String>,
}

/// What is done with a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The commands are run.
    Run,
    /// Each command starts a stack in the background.
    Stack,
    /// The commands need AWS or Docker and are only checked.
    Elsewhere,
    /// The commands take too long. The named leg of `.ci/run` runs them.
    Long(String),
    /// The block holds no commands.
    Data,
}

impl Kind {
    /// Reads the info string of a block.
    ///
    /// # Errors
    /// What to write instead.
    pub(crate) fn of(info: &str) -> Result<Self, String> {
        match info.split_whitespace().collect::<Vec<_>>()[..] {
            ["sh"] => Ok(Self::Run),
            ["sh", "stack"] => Ok(Self::Stack),
            ["sh", "aws" | "docker"] => Ok(Self::Elsewhere),
            ["sh", "long", leg] => Ok(Self::Long(leg.to_owned())),
            ["text" | "json" | "rust" | "ts" | "yaml"] => Ok(Self::Data),
            _ => Err("this block has no kind: write ```sh, ```sh stack, ```sh aws, ```sh docker or ```sh long <leg of \
                      .ci/run> for commands, and ```text, ```json, ```rust, ```ts or ```yaml for the \
                      rest"
                .to_owned()),
        }
    }
}

impl Block {
    /// The commands.
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

impl Page {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// All pages of the project, in alphabetical order.
    pub(crate) fn all(root: &Path) -> Vec<Self> {
        let is_page = |path: &String| Path::new(path).extension().is_some_and(|extension| extension == "md");
        let paths = files(root).into_iter().filter(is_page);
        let read = |path: String| Self::new(&path, &fs::read_to_string(root.join(&path)).expect("text"));
        paths.map(read).collect()
    }

    /// The number of lines.
    pub(crate) fn len(&self) -> usize {
        self.text.lines().count()
    }

    /// The fenced blocks, from top to bottom.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(usize, Block)> = None;
        for (number, line) in (1..).zip(self.text.lines()) {
            let fence = line.trim_start().strip_prefix("```");
            let indentation = line.len() - line.trim_start().len();
            match (&mut open, fence) {
                (None, None) => {}
                (None, Some(info)) => {
                    let block = Block { info: info.trim().to_owned(), line: number, lines: Vec::new() };
                    open = Some((indentation, block));
                }
                (Some((indentation, block)), None) => {
                    block.lines.push(line.get((*indentation).min(line.len())..).unwrap_or(line).to_owned());
                }
                (Some(_), Some(_)) => blocks.extend(open.take().map(|(_, block)| block)),
            }
        }
        assert!(open.is_none(), "{}: the last block has no end", self.path);
        blocks
    }

    /// The paragraphs and table rows outside of the blocks, each with the number of its first line.
    pub(crate) fn paragraphs(&self) -> Vec<(usize, String)> {
        let mut paragraphs: Vec<(usize, String)> = Vec::new();
        let (mut in_block, mut goes_on) = (false, false);
        for (number, line) in (1..).zip(self.text.lines()) {
            let line = line.trim();
            let is_fence = line.starts_with("```");
            in_block ^= is_fence;
            if in_block || is_fence || line.is_empty() {
                goes_on = false;
                continue;
            }
            match paragraphs.last_mut() {
                Some((_, paragraph)) if goes_on && !line.starts_with('|') => {
                    paragraph.push('\n');
                    paragraph.push_str(line);
                }
                _ => paragraphs.push((number, line.to_owned())),
            }
            goes_on = true;
        }
        paragraphs
    }
}
