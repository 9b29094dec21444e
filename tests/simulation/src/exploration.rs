//! Exhaustive exploration: runs all interleavings of some tasks with all faults between their steps.
//!
//! The tasks are the real code. Each path runs them from the start; a path is the list of its choices. A state consists
//! of the stored data and of everything that each task was told so far, because these decide the next steps of the
//! tasks. A state that was seen before is not explored again.

use std::collections::{HashSet, hash_map::DefaultHasher};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// A task whose steps are interleaved with those of other tasks.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Some tasks with shared data.
pub struct Scenario {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// A text that represents the stored data. Equal data must give equal texts.
    pub stored: Box<dyn Fn() -> String>,
    /// The check after every step.
    pub always: Box<dyn Fn() -> Result<(), String>>,
    /// The check after all tasks have ended.
    pub at_end: Box<dyn Fn() -> Result<(), String>>,
}

/// The size of an exploration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explored {
    /// The number of distinct states.
    pub states: usize,
    /// The number of paths that reached a new end state.
    pub ends: usize,
}

/// The current path. Clones are the same path.
#[derive(Debug, Clone, Default)]
pub struct Path(Arc<Mutex<PathState>>);

/// The choices of a path and the part of the state that follows from them.
#[derive(Debug, Default)]
struct PathState {
    /// Each choice with its number of possibilities.
    choices: Vec<(usize, usize)>,
    /// The index of the next choice. Choices before it were made already.
    next: usize,
    /// The digest of the choices during the setup.
    set_up: DefaultHasher,
    /// For each task, the digest of its choices and of the answers that it got.
    task_digests: Vec<DefaultHasher>,
    origin: ChoiceOrigin,
    tasks: Spawned,
}

/// The origin of a choice.
#[derive(Debug, Clone, Copy, Default)]
enum ChoiceOrigin {
    /// The setup of the scenario.
    #[default]
    SetUp,
    /// The scheduler. Its choices are not part of a state.
    Scheduler,
    /// A task.
    Task(usize),
}

#[derive(Default)]
struct Spawned(Vec<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Debug for Spawned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Spawned").field(&self.0.len()).finish()
    }
}

impl Path {
    /// Chooses one of `of` possibilities. Over all paths, every possibility is chosen.
    #[must_use]
    pub fn choose(&self, of: usize) -> usize {
        let mut current = self.0.lock().unwrap();
        let next = current.next;
        if next == current.choices.len() {
            current.choices.push((0, of));
        }
        current.next += 1;
        let chosen = current.choices[next].0;
        current.remember(chosen);
        chosen
    }

    /// Ends a step of the task. Any other task may run before the next step.
    pub async fn step(&self) {
        let mut is_first = true;
        std::future::poll_fn(|context| {
            if std::mem::take(&mut is_first) {
                // A future that joins several futures polls only those again that have requested it.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Records an answer to the running task. The answers alone must decide the task's next steps.
    pub fn record_answer<T: Debug>(&self, answer: T) -> T {
        self.0.lock().unwrap().remember(format!("{answer:?}"));
        answer
    }

    /// Adds `task` to the tasks of the scenario. It continues even after the running task has ended.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap().tasks.0.push(Box::pin(task));
    }

    /// The next path; `None` if all paths were taken.
    fn next_path(&self) -> Option<Self> {
        let mut choices = self.0.lock().unwrap().choices.clone();
        while let Some((chosen, of)) = choices.pop() {
            if chosen + 1 < of {
                choices.push((chosen + 1, of));
                return Some(Self(Arc::new(Mutex::new(PathState { choices, ..PathState::default() }))));
            }
        }
        None
    }
}

impl PathState {
    /// Adds `what`, a choice or an answer, to the digest of the current origin.
    fn remember(&mut self, what: impl Hash) {
        match self.origin {
            ChoiceOrigin::SetUp => what.hash(&mut self.set_up),
            ChoiceOrigin::Scheduler => {}
            ChoiceOrigin::Task(index) => what.hash(&mut self.task_digests[index]),
        }
    }
}

/// Explores all paths of a scenario. `scenario` sets the scenario up and must be deterministic.
///
/// # Errors
/// The failed check and the choices that lead to the failure.
pub fn explore(scenario: impl Fn(&Path) -> Scenario) -> Result<Explored, String> {
    let mut seen = HashSet::new();
    let (mut path, mut ends) = (Some(Path::default()), 0);
    while let Some(current) = path {
        let is_new = follow(&current, scenario(&current), &mut seen)
            .map_err(|why| format!("{why}, by the choices {:?}", current.0.lock().unwrap().choices))?;
        ends += usize::from(is_new);
        path = current.next_path();
    }
    Ok(Explored { states: seen.len(), ends })
}

/// Follows `path` until all tasks have ended or a state was seen before. Returns whether all tasks have ended.
///
/// # Errors
/// The failed check.
fn follow(path: &Path, scenario: Scenario, seen: &mut HashSet<u64>) -> Result<bool, String> {
    let Scenario { tasks, stored, always, at_end } = scenario;
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let replayed = path.0.lock().unwrap().choices.len();
    loop {
        let spawned = std::mem::take(&mut path.0.lock().unwrap().tasks.0);
        tasks.extend(spawned.into_iter().map(|task| -> Option<Task> { Some(task) }));
        path.0.lock().unwrap().task_digests.resize_with(tasks.len(), DefaultHasher::new);
        let alive: Vec<usize> = (0..tasks.len()).filter(|index| tasks[*index].is_some()).collect();
        if alive.is_empty() {
            return at_end().map(|()| true);
        }
        if path.0.lock().unwrap().next >= replayed && !seen.insert(state(path, &stored(), &alive)) {
            return Ok(false);
        }
        path.0.lock().unwrap().origin = ChoiceOrigin::Scheduler;
        let running = if alive.len() == 1 { alive[0] } else { alive[path.choose(alive.len())] };
        path.0.lock().unwrap().origin = ChoiceOrigin::Task(running);
        path.record_answer("goes on");
        let mut context = Context::from_waker(Waker::noop());
        let task = tasks[running].as_mut().map(|task| task.as_mut().poll(&mut context));
        if task.is_some_and(|poll| poll.is_ready()) {
            tasks[running] = None;
        }
        always()?;
    }
}

/// The digest of the current state: the stored data, the tasks that have not ended, and what each task was told.
fn state(path: &Path, stored: &str, alive: &[usize]) -> u64 {
    let mut state = DefaultHasher::new();
    (stored, alive).hash(&mut state);
    let current = path.0.lock().unwrap();
    for digest in std::iter::once(&current.set_up).chain(&current.task_digests) {
        digest.finish().hash(&mut state);
    }
    state.finish()
}
