//! Tests of the status of a run.

use super::*;

#[test]
fn time_left_is_written_for_people() {
    for (seconds, expected) in [(7.6, "8 s"), (65., "1:05 min"), (7380., "2:03 h")] {
        assert_eq!(clock(seconds), expected);
    }
}

#[test]
fn the_shown_loss_is_smoothed_and_steps_are_counted() {
    let mut progress = Progress::new(Output::new(false), Console::new(true));
    progress.on_event(&Event::Started { n_steps: 20, steps_per_epoch: 10 });
    for (step, loss) in [(1, 2.), (2, 1.)] {
        let (learning_rate, gradient_norm, n_examples) = (0.1, 1., 50);
        let event = Event::Step { step, epoch: 1, loss, learning_rate, gradient_norm, n_examples };
        assert_eq!(progress.on_event(&event), Control::Continue);
    }
    assert_eq!((progress.run.n_epochs, progress.run.n_examples), (2, 100));
    assert_eq!(progress.run.loss, Some(1.95));
    progress.finish().unwrap();
}
