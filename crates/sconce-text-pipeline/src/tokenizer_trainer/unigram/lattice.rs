//! All ways to cut a word into pieces, and what they sum to.

use super::pieces::Pieces;
use super::trie::Trie;

/// Stands for a character that is no piece.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Where one logarithm is this much smaller than another, it adds nothing.
const NEGLIGIBLE: f64 = 50.0;

/// A piece at a place of a word.
#[derive(Debug, Clone, Copy)]
struct Node {
    id: u32,
    begin: u32,
    end: u32,
    score: f64,
}

/// The pieces at all places of a word; used again for the next one.
#[derive(Debug)]
pub(super) struct Lattice<'a> {
    pieces: &'a Pieces,
    trie: &'a Trie,
    unknown_score: f64,
    len: usize,
    /// By their begin, then by their end.
    nodes: Vec<Node>,
    /// Where the nodes of each begin start in `nodes`; one more at the end.
    begins: Vec<u32>,
    /// The nodes by their end, then by their begin.
    by_end: Vec<u32>,
    /// Where the nodes of each end start in `by_end`; one more at the end.
    ends: Vec<u32>,
    /// A number for each place: the logarithm of the sum over all ways to it, or of the best.
    before: Vec<f64>,
    after: Vec<f64>,
}

impl<'a> Lattice<'a> {
    pub(super) fn new(pieces: &'a Pieces, trie: &'a Trie) -> Self {
        let unknown_score = pieces.unknown_score();
        let (nodes, begins, by_end, ends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (before, after) = (Vec::new(), Vec::new());
        let len = 0;
        Self { pieces, trie, unknown_score, len, nodes, begins, by_end, ends, before, after }
    }

    /// Takes a word.
    pub(super) fn set(&mut self, word: &str) {
        let (bytes, len) = (word.as_bytes(), word.len());
        self.len = len;
        self.nodes.clear();
        self.begins.clear();
        self.ends.clear();
        self.ends.resize(len + 2, 0);
        for begin in 0..=len {
            self.begins.push(self.nodes.len() as u32);
            let Some(first) = word.get(begin..).and_then(|rest| rest.chars().next()) else {
                continue;
            };
            let mut is_known = false;
            self.trie.for_each_prefix(&bytes[begin..], |length, id| {
                is_known |= length == first.len_utf8();
                let (begin, end) = (begin as u32, (begin + length) as u32);
                self.nodes.push(Node { id, begin, end, score: self.pieces.score(id) });
            });
            if !is_known {
                let (begin, end) = (begin as u32, (begin + first.len_utf8()) as u32);
                self.nodes.push(Node { id: UNKNOWN, begin, end, score: self.unknown_score });
            }
        }
        self.begins.push(self.nodes.len() as u32);
        self.sort_by_end();
    }

    /// Counts, sums, and puts each node into its place: a node of an earlier begin comes first.
    fn sort_by_end(&mut self) {
        for node in &self.nodes {
            self.ends[node.end as usize + 1] += 1;
        }
        for place in 1..self.ends.len() {
            self.ends[place] += self.ends[place - 1];
        }
        self.by_end.clear();
        self.by_end.resize(self.nodes.len(), 0);
        for (number, node) in self.nodes.iter().enumerate() {
            let next = &mut self.ends[node.end as usize];
            self.by_end[*next as usize] = number as u32;
            *next += 1;
        }
        // Each start has moved to the next one's.
        self.ends.rotate_right(1);
        self.ends[0] = 0;
    }

    fn beginning_at(&self, place: usize) -> &[Node] {
        &self.nodes[self.begins[place] as usize..self.begins[place + 1] as usize]
    }

    fn ending_at(&self, place: usize) -> impl Iterator<Item = &Node> {
        let range = self.ends[place] as usize..self.ends[place + 1] as usize;
        self.by_end[range].iter().map(|number| &self.nodes[*number as usize])
    }

    /// Adds to `expected` how often each piece is in the word, if it occurs `count` times.
    pub(super) fn add_expected(&mut self, count: f64, expected: &mut [f64]) {
        let (mut before, mut after) =
            (std::mem::take(&mut self.before), std::mem::take(&mut self.after));
        before.clear();
        before.resize(self.len + 1, 0.0);
        after.clear();
        after.resize(self.len + 1, 0.0);
        for place in 1..=self.len {
            let terms = self.ending_at(place).map(|node| node.score + before[node.begin as usize]);
            before[place] = log_sum(terms);
        }
        for place in (0..self.len).rev() {
            let nodes = self.beginning_at(place).iter();
            after[place] = log_sum(nodes.map(|node| node.score + after[node.end as usize]));
        }
        let all = before[self.len];
        for node in self.nodes.iter().filter(|node| node.id != UNKNOWN) {
            let (a, b) = (before[node.begin as usize], after[node.end as usize]);
            expected[node.id as usize] += count * (a + node.score + b - all).exp();
        }
        (self.before, self.after) = (before, after);
    }

    /// Calls `f` with each piece of the best way to cut the word, from last to first.
    pub(super) fn best(&mut self, mut f: impl FnMut(u32)) {
        let mut best = std::mem::take(&mut self.before);
        best.clear();
        best.resize(self.len + 1, 0.0);
        let mut chosen: Vec<Option<Node>> = vec![None; self.len + 1];
        for place in 1..=self.len {
            let mut found: Option<(f64, &Node)> = None;
            for node in self.ending_at(place) {
                let score = best[node.begin as usize] + node.score;
                // Of equal ones the longest, which comes first.
                if found.is_none_or(|(known, _)| score > known) {
                    found = Some((score, node));
                }
            }
            if let Some((score, node)) = found {
                best[place] = score;
                chosen[place] = Some(*node);
            }
        }
        let mut place = self.len;
        while let Some(node) = chosen[place] {
            f(node.id);
            place = node.begin as usize;
        }
        self.before = best;
    }

    /// The two best ways to cut the word, from last piece to first: the second is none if there is
    /// only one way.
    pub(super) fn two_best(&self) -> (Vec<u32>, Option<Vec<u32>>) {
        /// A way to a place: its score, its last piece, and which of the ways to that piece's begin.
        #[derive(Clone, Copy)]
        struct Way {
            score: f64,
            node: Node,
            rank: usize,
        }
        let mut ways: Vec<Vec<Way>> = vec![Vec::new(); self.len + 1];
        for place in 1..=self.len {
            let mut found: Vec<Way> = Vec::new();
            for node in self.ending_at(place) {
                let way = |score: f64, rank| Way { score: score + node.score, node: *node, rank };
                match node.begin {
                    0 => found.push(way(0.0, 0)),
                    begin => {
                        let to_begin = ways[begin as usize].iter().enumerate();
                        found.extend(to_begin.map(|(rank, before)| way(before.score, rank)));
                    }
                }
            }
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
            found.truncate(2);
            ways[place] = found;
        }
        let walk = |rank: usize| {
            let mut way = ways[self.len].get(rank)?;
            let mut ids = vec![way.node.id];
            while way.node.begin > 0 {
                way = &ways[way.node.begin as usize][way.rank];
                ids.push(way.node.id);
            }
            Some(ids)
        };
        (walk(0).unwrap_or_default(), walk(1))
    }
}

/// The logarithm of the sum of what the terms are logarithms of, added one by one.
fn log_sum(mut terms: impl Iterator<Item = f64>) -> f64 {
    // Inside a character no piece begins or ends, and nothing looks at its sum.
    let Some(first) = terms.next() else { return 0.0 };
    terms.fold(first, |x, y| {
        let (low, high) = if x > y { (y, x) } else { (x, y) };
        match high > low + NEGLIGIBLE {
            true => high,
            false => high + ((low - high).exp() + 1.0).ln(),
        }
    })
}

#[cfg(test)]
mod tests;
