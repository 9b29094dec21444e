//! The log lines that the functions of a stack write.

use localstack::RunningStack;
use stack_lambda::{LogEvent, LogEvents};

/// The beginnings of the lines that Lambda writes, in its form.
const OF_LAMBDA: [&str; 3] = ["START RequestId: ", "END RequestId: ", "REPORT RequestId: "];

/// The log lines of the functions of one stack, without Lambda's own lines. The lines stay readable after the end of the
/// stack. Clones share the lines.
#[derive(Debug, Clone)]
pub struct Lines {
    functions: Vec<String>,
    events: LogEvents,
}

impl Lines {
    /// The lines of `stack`, also those that its functions write later.
    #[must_use]
    pub fn of_stack(stack: &RunningStack) -> Self {
        let functions = stack.template().functions.iter().map(|function| function.name.clone()).collect();
        Self { functions, events: stack.lambda().log_events().clone() }
    }

    /// The lines so far. Each begins with its function's name. The lines of a function keep their order.
    ///
    /// # Panics
    /// If a function has written more lines than [`LogEvents`] keeps.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let of_function = |function: &String| {
            let events = self.events.of_function(function);
            assert!(events.first().is_none_or(|first| first.number == 0), "lines of {function} are lost");
            let is_own = |event: &LogEvent| !OF_LAMBDA.iter().any(|start| event.message.starts_with(start));
            let written = events.into_iter().filter(is_own);
            written.map(|event| format!("{function} | {}", event.message)).collect::<Vec<_>>()
        };
        self.functions.iter().flat_map(of_function).collect()
    }
}
