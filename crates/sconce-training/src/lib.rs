//! Train networks on text: tasks, the Trainer, schedules; losses and optimizers re-exported.
