//! The counter's rules as a specification, and proof that a specification can fail.

use testing::given;

use crate::counter::{BelowZero, Command, Counter, added};

#[test]
fn a_specification_that_is_met_passes() {
    given::<Counter>([added(5), added(-2)]).when(Command::Add(vec![-3, 4])).then([added(-3), added(4)]);
    given::<Counter>([added(5)]).when(Command::Add(vec![])).then_nothing();
    given::<Counter>([]).when(Command::Add(vec![-1])).then_refused(BelowZero);
}

#[test]
#[should_panic(expected = "the decision is not the expected one")]
fn a_different_event_fails_a_specification() {
    given::<Counter>([]).when(Command::Add(vec![1])).then([added(2)]);
}

#[test]
#[should_panic(expected = "the decision is not the expected one")]
fn an_unexpected_event_fails_a_specification() {
    given::<Counter>([]).when(Command::Add(vec![1])).then_nothing();
}

#[test]
#[should_panic(expected = "not refused with the expected error")]
fn a_command_that_is_not_refused_fails_a_specification() {
    given::<Counter>([added(1)]).when(Command::Add(vec![-1])).then_refused(BelowZero);
}
