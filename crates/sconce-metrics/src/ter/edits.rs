//! Edit distances near the diagonal, and what was edited.

/// What becomes of a word of the text on the way to the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Keep,
    Substitute,
    Delete,
    Insert,
    Unknown,
}

/// How far from the diagonal distances are looked for.
const BEAM: usize = 25;
/// More than any distance.
const FAR: u32 = u32::MAX / 2;

type Cell = (u32, Step);

/// The table of distances of the beginnings of one text from those of its reference.
#[derive(Debug, Clone)]
pub(super) struct Distances<'a> {
    reference: &'a [u32],
    hypothesis: Vec<u32>,
    cells: Vec<Cell>,
}

impl<'a> Distances<'a> {
    pub fn new(hypothesis: Vec<u32>, reference: &'a [u32]) -> Self {
        let width = reference.len() + 1;
        let mut cells = vec![(FAR, Step::Unknown); width * (hypothesis.len() + 1)];
        cells.iter_mut().zip(0..).take(width).for_each(|(cell, n)| *cell = (n, Step::Insert));
        let mut distances = Self { reference, hypothesis, cells };
        distances.fill(1);
        distances
    }

    /// Goes over to a text of as many words. What the two begin with alike is not computed again.
    pub fn change_to(&mut self, hypothesis: &[u32]) {
        let same = self.hypothesis.iter().zip(hypothesis).take_while(|(a, b)| a == b).count();
        self.hypothesis[same..].copy_from_slice(&hypothesis[same..]);
        self.fill(same + 1);
    }

    /// Computes the rows from `first` on.
    fn fill(&mut self, first: usize) {
        let (n, width) = (self.hypothesis.len(), self.reference.len() + 1);
        let slope = self.reference.len() as f64 / n.max(1) as f64;
        let beam = match BEAM as f64 >= slope / 2.0 {
            true => BEAM,
            false => (slope / 2.0 + BEAM as f64).ceil() as usize,
        };
        for i in first..=n {
            let diagonal = (i as f64 * slope).floor() as usize;
            let columns = diagonal.saturating_sub(beam);
            let end = if i == n { width } else { width.min(diagonal + beam) };
            let (before, row) = self.cells[(i - 1) * width..(i + 1) * width].split_at_mut(width);
            row.fill((FAR, Step::Unknown));
            for j in columns..end {
                row[j] = match j {
                    0 => (before[0].0 + 1, Step::Delete),
                    _ => {
                        let is_same = self.hypothesis[i - 1] == self.reference[j - 1];
                        cheapest(before[j - 1].0, before[j].0, row[j - 1].0, is_same)
                    }
                };
            }
        }
    }

    /// The distance of the whole text.
    pub fn distance(&self) -> usize {
        self.cells.last().map_or(0, |cell| cell.0) as usize
    }

    /// The steps from the text to the reference, in order.
    pub fn steps(&self) -> Vec<Step> {
        let width = self.reference.len() + 1;
        let (mut i, mut j) = (self.hypothesis.len(), self.reference.len());
        let mut steps = Vec::with_capacity(i.max(j));
        while i > 0 || j > 0 {
            let step = self.cells[i * width + j].1;
            match step {
                Step::Keep | Step::Substitute if i > 0 && j > 0 => (i, j) = (i - 1, j - 1),
                Step::Insert if j > 0 => j -= 1,
                Step::Delete if i > 0 => i -= 1,
                _ => break,
            }
            steps.push(step);
        }
        steps.reverse();
        steps
    }
}

/// Of three ways the cheapest, the first of equals.
fn cheapest(diagonal: u32, above: u32, left: u32, is_same: bool) -> Cell {
    let pair = if is_same { (diagonal, Step::Keep) } else { (diagonal + 1, Step::Substitute) };
    let mut best = (FAR, Step::Unknown);
    for way in [pair, (above + 1, Step::Delete), (left + 1, Step::Insert)] {
        if way.0 < best.0 {
            best = way;
        }
    }
    best
}
