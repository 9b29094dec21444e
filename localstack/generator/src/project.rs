//! The aggregates and views that the project has, read from its source files.

use std::collections::VecDeque;

use uuid::Uuid;

use crate::GeneratorError;
use crate::draft::Draft;
use crate::event::EventName;
use crate::name::{Name, kebab_from_pascal};
use crate::text::between;

pub(crate) const DOMAIN: &str = "shared/shop/domain/src";
pub(crate) const VIEWS: &str = "shared/shop/views/src";
/// The commands of an aggregate whose file has the form that the generator writes. Each command has its caller.
const GENERATED: &str = "type Command = CallerCommand<";
/// The caller of every sample.
pub(crate) const CALLER: &str = "user-0042";
/// The UUID namespace in which the namespaces of generated aggregates are derived.
const NAMESPACES: Uuid = Uuid::from_u128(0x3f0c_6a55_9d1e_4b7a_8c42_5e1f_72d9_b063);

/// An aggregate whose file has the form that the generator writes.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) name: Name,
    /// The path of its file.
    pub(crate) file: String,
    /// The command that opens the aggregate.
    pub(crate) opening: Name,
    /// The event of the opening command.
    pub(crate) opened: EventName,
    /// The events of all other commands.
    pub(crate) later: Vec<EventName>,
    /// The UUID namespace of its ids.
    pub(crate) namespace: Uuid,
}

impl Aggregate {
    /// A new aggregate, which the project does not have yet.
    pub(crate) fn new(name: Name, opening: Name, opened: EventName) -> Self {
        let namespace = Uuid::new_v5(&NAMESPACES, name.kebab().as_bytes());
        Self {
            file: format!("{DOMAIN}/{}.rs", name.snake()),
            name,
            opening,
            opened,
            later: Vec::new(),
            namespace,
        }
    }

    /// Finds the aggregate `name` in the project.
    pub(crate) fn find(draft: &Draft, name: Name) -> Result<Self, GeneratorError> {
        let file = format!("{DOMAIN}/{}.rs", name.snake());
        if !draft.has(&file) {
            let sources = draft.sources(DOMAIN)?.into_iter();
            let known = sources.filter(|(_, text)| text.contains(GENERATED));
            return Err(unknown("aggregate", &name, file, known.map(|(path, _)| path)));
        }
        let text = draft.read(&file)?;
        let anchored = |anchor: String| GeneratorError::Anchor { file: file.clone(), anchor };
        if !text.contains(GENERATED) {
            return Err(anchored(GENERATED.to_owned()));
        }
        let pascal = name.pascal();
        let variants = |kind: &str| {
            let opener = format!("pub enum {pascal}{kind} {{\n");
            let block = between(&text, &opener, "\n}").ok_or_else(|| anchored(opener.trim().to_owned()))?;
            let lines = block.lines().filter_map(|line| line.strip_prefix("    "));
            let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
            let word =
                |line: &str| line.split(|letter: char| !letter.is_alphanumeric()).next().map(str::to_owned);
            Ok::<Vec<String>, GeneratorError>(names.filter_map(word).collect())
        };
        let commands = variants("Command")?;
        let opening = commands.first().ok_or_else(|| anchored(format!("pub enum {pascal}Command")))?;
        let mut later = variants("Event")?
            .iter()
            .map(|event| EventName::new(&name, event))
            .collect::<Result<VecDeque<_>, _>>()?;
        let opened = later.pop_front().ok_or_else(|| anchored(format!("pub enum {pascal}Event")))?;
        let namespace =
            between(&text, &format!("of {pascal}, in \""), "\"").and_then(|text| text.parse().ok());
        let namespace = namespace.ok_or_else(|| anchored(format!("of {pascal}, in \"")))?;
        let opening = Name::new(&kebab_from_pascal(opening))?;
        Ok(Self { opening, opened, later: later.into(), name, file, namespace })
    }

    /// The name of the function of `command`.
    pub(crate) fn function(&self, command: &Name) -> String {
        format!("{}-{}", command.kebab(), self.name.kebab())
    }

    /// The id of the aggregate that the sample of the opening command creates.
    pub(crate) fn sample_id(&self) -> Uuid {
        let name = format!("{CALLER}\0sample-{}", self.function(&self.opening));
        Uuid::new_v5(&self.namespace, name.as_bytes())
    }
}

/// A view whose file has the form that the generator writes.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) name: Name,
    /// The path of its file.
    pub(crate) file: String,
    /// The name of its aggregate.
    pub(crate) aggregate: Name,
}

impl View {
    /// Finds the view `name` in the project.
    pub(crate) fn find(draft: &Draft, name: Name) -> Result<Self, GeneratorError> {
        let file = format!("{VIEWS}/{}.rs", name.snake());
        if !draft.has(&file) {
            let sources = draft.sources(VIEWS)?.into_iter();
            let known = sources.filter(|(_, text)| text.contains("#[view(partition"));
            return Err(unknown("view", &name, file, known.map(|(path, _)| path)));
        }
        let text = draft.read(&file)?;
        let aggregate =
            between(&text, "#[view(id)]\n    pub ", "_id: Uuid").map(|name| name.replace('_', "-"));
        let anchor = || GeneratorError::Anchor { file: file.clone(), anchor: "#[view(id)]".to_owned() };
        Ok(Self { aggregate: Name::new(&aggregate.ok_or_else(anchor)?)?, name, file })
    }
}

fn unknown(
    kind: &'static str,
    name: &Name,
    file: String,
    known: impl Iterator<Item = String>,
) -> GeneratorError {
    let names =
        known.filter_map(|path| Some(path.rsplit_once('/')?.1.strip_suffix(".rs")?.replace('_', "-")));
    let known = names.collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none in a file of its own".to_owned() } else { known };
    GeneratorError::Unknown { kind, name: name.kebab().to_owned(), file, known }
}
