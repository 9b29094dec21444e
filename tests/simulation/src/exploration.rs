//! Everything that can happen, one after the other: all interleavings of some tasks with all faults between them.
//!
//! The tasks are the real code; they are run from the start again for each path, and a path is the list of choices that
//! were made on it. A state that was seen before is not followed again: it is what is stored, and what each task was told
//! so far, for from that follows what the task does next.

use std::collections::{HashSet, hash_map::DefaultHasher};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// A task whose steps are interleaved with those of others.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Some tasks on something they share.
pub struct Scenario {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// What is stored, as a text that is the same where it is the same.
    pub stored: Box<dyn Fn() -> String>,
    /// What must hold after every step.
    pub always: Box<dyn Fn() -> Result<(), String>>,
    /// What must hold when every task has ended.
    pub at_end: Box<dyn Fn() -> Result<(), String>>,
}

/// What was explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explored {
    /// How many different states there are.
    pub states: usize,
    /// How many paths led to an end that no other had led to.
    pub ends: usize,
}

/// The path that is being taken. Its clones are the same path.
#[derive(Debug, Clone, Default)]
pub struct Path(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    /// Each choice, and of how many it was.
    choices: Vec<(usize, usize)>,
    next: usize,
    /// How everything was set up.
    set_up: DefaultHasher,
    /// What each task did and was told.
    told: Vec<DefaultHasher>,
    at_work: AtWork,
    tasks: Spawned,
}

/// Who makes a choice.
#[derive(Debug, Clone, Copy, Default)]
enum AtWork {
    /// Whoever sets the scenario up.
    #[default]
    SetUp,
    /// The scheduler, which remembers nothing.
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
    /// One of `of` possibilities: every one of them, path by path.
    #[must_use]
    pub fn choose(&self, of: usize) -> usize {
        let mut taken = self.0.lock().unwrap();
        let next = taken.next;
        if next == taken.choices.len() {
            taken.choices.push((0, of));
        }
        taken.next += 1;
        let chosen = taken.choices[next].0;
        taken.remember(chosen);
        chosen
    }

    /// Lets any other task go first.
    pub async fn step(&self) {
        let mut is_first = true;
        std::future::poll_fn(|context| {
            if std::mem::take(&mut is_first) {
                // For what joins several futures polls again only those that ask for it.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Takes down what the running task is told: by that, and by nothing else, it decides what to do.
    pub fn tell<T: Debug>(&self, answer: T) -> T {
        self.0.lock().unwrap().remember(format!("{answer:?}"));
        answer
    }

    /// Adds `task`, to go on whatever becomes of the one that is running.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap().tasks.0.push(Box::pin(task));
    }

    /// The path with the next of the choices; `None` where there is none left.
    fn following(&self) -> Option<Self> {
        let mut choices = self.0.lock().unwrap().choices.clone();
        while let Some((chosen, of)) = choices.pop() {
            if chosen + 1 < of {
                choices.push((chosen + 1, of));
                return Some(Self(Arc::new(Mutex::new(Taken { choices, ..Taken::default() }))));
            }
        }
        None
    }
}

impl Taken {
    /// Whoever is at work goes on by `what` from here.
    fn remember(&mut self, what: impl Hash) {
        match self.at_work {
            AtWork::SetUp => what.hash(&mut self.set_up),
            AtWork::Scheduler => {}
            AtWork::Task(index) => what.hash(&mut self.told[index]),
        }
    }
}

/// Explores everything that can happen in what `scenario` sets up, which has to do the same each time.
///
/// # Errors
/// What does not hold, and the choices that lead there.
pub fn explore(scenario: impl Fn(&Path) -> Scenario) -> Result<Explored, String> {
    let mut seen = HashSet::new();
    let (mut path, mut ends) = (Some(Path::default()), 0);
    while let Some(taken) = path {
        let is_new = follow(&taken, scenario(&taken), &mut seen)
            .map_err(|why| format!("{why}, by the choices {:?}", taken.0.lock().unwrap().choices))?;
        ends += usize::from(is_new);
        path = taken.following();
    }
    Ok(Explored { states: seen.len(), ends })
}

/// Takes `path` to its end, unless a state of it was seen before; whether it came to the end.
fn follow(path: &Path, scenario: Scenario, seen: &mut HashSet<u64>) -> Result<bool, String> {
    let Scenario { tasks, stored, always, at_end } = scenario;
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let replayed = path.0.lock().unwrap().choices.len();
    loop {
        let spawned = std::mem::take(&mut path.0.lock().unwrap().tasks.0);
        tasks.extend(spawned.into_iter().map(|task| -> Option<Task> { Some(task) }));
        path.0.lock().unwrap().told.resize_with(tasks.len(), DefaultHasher::new);
        let alive: Vec<usize> = (0..tasks.len()).filter(|index| tasks[*index].is_some()).collect();
        if alive.is_empty() {
            return at_end().map(|()| true);
        }
        if path.0.lock().unwrap().next >= replayed && !seen.insert(state(path, &stored(), &alive)) {
            return Ok(false);
        }
        path.0.lock().unwrap().at_work = AtWork::Scheduler;
        let running = if alive.len() == 1 { alive[0] } else { alive[path.choose(alive.len())] };
        path.0.lock().unwrap().at_work = AtWork::Task(running);
        path.tell("goes on");
        let mut context = Context::from_waker(Waker::noop());
        let task = tasks[running].as_mut().map(|task| task.as_mut().poll(&mut context));
        if task.is_some_and(|poll| poll.is_ready()) {
            tasks[running] = None;
        }
        always()?;
    }
}

/// What decides everything from here on.
fn state(path: &Path, stored: &str, alive: &[usize]) -> u64 {
    let mut state = DefaultHasher::new();
    (stored, alive).hash(&mut state);
    let taken = path.0.lock().unwrap();
    for told in std::iter::once(&taken.set_up).chain(&taken.told) {
        told.finish().hash(&mut state);
    }
    state.finish()
}
